//! Addresses and message ids, parsed once, at the edge.

use std::{fmt, str::FromStr};

use lettre::message::Mailbox;

use crate::MailError;

/// A mail address, perhaps with the name of its owner: `Ana Ferreira <ana@example.org>`. Printed for debugging, it shows its domain only.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub(crate) Mailbox);

impl Address {
    /// An address with the name of its owner, which may hold any text.
    pub fn named(name: &str, address: &str) -> Result<Self, MailError> {
        let name = without_controls(name);
        Ok(Self(Mailbox::new((!name.trim().is_empty()).then_some(name), address.trim().parse().map_err(MailError::BadAddress)?)))
    }
}

impl FromStr for Address {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, MailError> {
        match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => Self::named(name.trim().trim_matches('"'), address),
            None => Self::named("", text),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(…@{})", self.0.email.domain())
    }
}

/// What makes a letter recognisable when it comes twice, such as `statement-HM-2026-11-0007-r1@guildhall.example`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// The id without the angle brackets that it wears in a mail.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = MailError;

    fn from_str(text: &str) -> Result<Self, MailError> {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        match text.split_once('@') {
            Some((left, right)) if plain(left) && plain(right) && text.len() <= 200 => Ok(Self(text.to_owned())),
            _ => Err(MailError::BadMessageId(text.to_owned())),
        }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A header is one line: what would end it becomes a space.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_parsed_or_refused() {
        let ana: Address = "Ana Ferreira <ana@example.org>".parse().unwrap();
        assert_eq!(ana, Address::named("Ana Ferreira", "ana@example.org").unwrap());
        assert!("ana@example.org".parse::<Address>().is_ok());
        for wrong in ["", "ana", "ana@", "@example.org", "a b@example.org", "ana@example.org\nBcc: eve@example.org", "<>", "Ana <ana>"] {
            assert!(matches!(wrong.parse::<Address>(), Err(MailError::BadAddress(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_printed_address_names_nobody() {
        let ana: Address = "Ana Ferreira <ana@example.org>".parse().unwrap();
        assert_eq!(format!("{ana:?}"), "Address(…@example.org)");
    }

    #[test]
    fn a_message_id_is_one_plain_word_with_an_at() {
        assert_eq!("statement-7.r1@guildhall".parse::<MessageId>().unwrap().as_str(), "statement-7.r1@guildhall");
        for wrong in ["", "x", "@x", "x@", "a b@x", "<a@x>", "a@x\r\nBcc: y", "a@b@c"] {
            assert!(wrong.parse::<MessageId>().is_err(), "{wrong:?}");
        }
    }
}
