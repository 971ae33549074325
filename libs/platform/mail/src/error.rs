//! What can go wrong on the way of a letter.

/// Why a letter was not sent. None of these texts holds a password or an address.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The text is not a mail address.
    #[error("that is not a mail address; write name@example.org or Name <name@example.org>")]
    BadAddress(#[source] lettre::address::AddressError),
    /// The text cannot be a message id.
    #[error("{0:?} cannot be a message id; write letters, digits, - _ . and one @, at most 200")]
    BadMessageId(String),
    /// The way out is not described well enough to be used.
    #[error("{scheme}: is not a way to send mail: {why}")]
    BadUrl {
        /// The scheme of the URL; the rest may hold a password.
        scheme: String,
        /// What is wrong and what would mend it.
        why: String,
    },
    /// An attachment's content type is not one.
    #[error("the attachment {name:?} has no content type such as application/pdf, but {content_type:?}")]
    BadContentType {
        /// The attachment.
        name: String,
        /// What it claims to be.
        content_type: String,
    },
    /// The letter cannot be written as a mail.
    #[error("the letter {message_id} cannot be written as a mail")]
    Unwritable {
        /// Which letter.
        message_id: String,
        /// The reason.
        source: lettre::error::Error,
    },
    /// The mail server refused for good; sending again would be refused again.
    #[error("the mail server refuses the letter {message_id}")]
    Refused {
        /// Which letter.
        message_id: String,
        /// What the server said.
        source: lettre::transport::smtp::Error,
    },
    /// The mail server could not be reached or had no time; sending again later may help.
    #[error("the mail server did not take the letter {message_id} now")]
    Unavailable {
        /// Which letter.
        message_id: String,
        /// What happened.
        source: lettre::transport::smtp::Error,
    },
    /// The mail folder could not be written.
    #[error("the letter {message_id} cannot be put into {folder}")]
    Folder {
        /// Which letter.
        message_id: String,
        /// The folder.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
}
