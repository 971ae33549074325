//! What can go wrong between a statement and its file.

/// Why no PDF was made.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The lines of the statement do not explain its closing balance. All amounts in minor units.
    #[error("statement {number} does not add up: opening {opening} + lines {lines} is not closing {closing} (minor units)")]
    DoesNotAddUp {
        /// The statement's number.
        number: String,
        /// Its opening balance.
        opening: i64,
        /// The sum of its lines.
        lines: i128,
        /// The closing balance it claims.
        closing: i64,
    },
    /// A sum of amounts, in minor units, is larger than any amount can be.
    #[error("a sum of statement {number} is {sum} minor units, which is more than an amount can hold")]
    TooLarge {
        /// The statement's number.
        number: String,
        /// The sum.
        sum: i128,
    },
    /// The labels of a sheet do not lie on its paper, or are too small for a code and words.
    #[error("the labels of this sheet do not lie on its paper; measure it again (a label has 40 by 20 mm at least)")]
    Sheet,
    /// No labels, or more than a file takes.
    #[error("{0} labels; a file has 1 to {max}", max = crate::MAX_LABELS)]
    Labels(usize),
    /// More than a code can hold.
    #[error("a code of {0} bytes is more than can be read from a label")]
    Code(usize),
    /// The values could not be handed to the typesetter.
    #[error("the values of the document cannot be written as JSON")]
    Values(#[from] serde_json::Error),
    /// The typesetter refused the layout or the file; the reasons are its own.
    #[error("{ident} cannot be typeset: {reasons}")]
    Typesetter {
        /// Which document.
        ident: String,
        /// Its complaints, joined by semicolons.
        reasons: String,
    },
}
