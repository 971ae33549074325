//! Texts that people write for others to read, and addresses.

use kernel::{Code, Refusal};

/// Characters of a reason.
const LONGEST_REASON: usize = 500;
/// Characters of an address; longer ones cannot be mailed to.
const LONGEST_ADDRESS: usize = 254;

/// Whether a text holds nothing but what people write: letters, spaces, ends of lines. The database keeps no NUL.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.chars().any(|character| character.is_control() && !['\n', '\r', '\t'].contains(&character))
}

/// Why something was done to somebody.
pub(crate) fn reason(text: &str) -> Result<String, Refusal> {
    let reason = text.trim();
    if !is_plain(reason) {
        return Err(Refusal::new(Code::InvalidInput, "the reason holds characters that nobody writes; leave out control characters"));
    }
    match reason.chars().count() {
        0 => Err(Refusal::new(Code::InvalidInput, "say why: whoever it concerns reads the reason")),
        length if length > LONGEST_REASON => {
            Err(Refusal::new(Code::InvalidInput, format!("the reason has {length} characters; say it in {LONGEST_REASON}")))
        }
        _ => Ok(reason.to_owned()),
    }
}

/// A mail address.
pub(crate) fn address(text: &str) -> Result<String, Refusal> {
    let address = text.trim();
    if address.len() <= LONGEST_ADDRESS && is_plain(address) && address.parse::<mail::Address>().is_ok() && !address.contains('<') {
        Ok(address.to_owned())
    } else {
        Err(Refusal::new(Code::InvalidInput, "that is no mail address; write it as in ana@example.org"))
    }
}
