//! What people type, parsed once: addresses, names, passwords.

use mail::Address;

use crate::AccessError;

/// Long enough that a guess is hopeless at the throttled rate, short enough to be remembered.
const MIN_PASSWORD: usize = 10;
/// Longer ones would only be work for us.
const MAX_PASSWORD: usize = 200;
/// RFC 5321: a longer one cannot be mailed to.
const MAX_EMAIL: usize = 254;
const MAX_NAME: usize = 200;

/// The commonest passwords of ten characters and more, by the lists of what was stolen elsewhere.
const COMMONEST: &[&str] = &[
    "0123456789",
    "0987654321",
    "1111111111",
    "1234567890",
    "12345678910",
    "123456789a",
    "123456789q",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "9876543210",
    "a123456789",
    "abcdefghij",
    "administrator",
    "asdfghjkl;",
    "asdfghjkl1",
    "basketball",
    "changeme123",
    "charlie123",
    "chocolate1",
    "computer123",
    "football123",
    "godisgood1",
    "iloveyou12",
    "iloveyou123",
    "iloveyou2u",
    "jennifer12",
    "letmein123",
    "liverpool1",
    "manchester",
    "michael123",
    "mynameis12",
    "password01",
    "password10",
    "password11",
    "password12",
    "password123",
    "password1234",
    "password12345",
    "password!1",
    "password1!",
    "passw0rd123",
    "princess12",
    "princess123",
    "q1w2e3r4t5",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "qwer123456",
    "qwerty1234",
    "qwerty12345",
    "qwerty123456",
    "qwertyuiop",
    "qwertyuiop1",
    "qwertyuiop[]",
    "sunshine12",
    "superman12",
    "trustno1234",
    "unicorn123",
    "welcome123",
    "welcome1234",
    "zaq12wsxcde",
    "zxcvbnm123",
    "zxcvbnm1234",
];

/// A mail address that letters can go to, as it was written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    pub(crate) fn parse(text: &str) -> Result<Self, AccessError> {
        let text = text.trim();
        let unusable = || AccessError::Unusable("that is not a mail address; write name@example.org".to_owned());
        if text.len() > MAX_EMAIL {
            return Err(unusable());
        }
        Address::named("", text).map_err(|_| unusable())?;
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for every way to write it.
    pub(crate) fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

/// A name as it will be shown.
pub(crate) fn usable_name(text: &str) -> Result<String, AccessError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(AccessError::Unusable(format!("a name has 1 to {MAX_NAME} characters, in one line")));
    }
    Ok(text.to_owned())
}

/// Whether a new password may be one, for somebody of that name and address.
pub(crate) fn usable_password(password: &str, name: &str, email: &str) -> Result<(), AccessError> {
    let unusable = |why: String| Err(AccessError::Unusable(why));
    let length = password.chars().count();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) {
        return unusable(format!("a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters; this has {length}"));
    }
    let folded = password.trim().to_lowercase();
    let is_one_letter = folded.chars().all(|letter| folded.starts_with(letter));
    if is_one_letter || COMMONEST.contains(&folded.as_str()) {
        return unusable("that password is one of the first that are guessed; choose another".to_owned());
    }
    let mailbox = email.split('@').next().unwrap_or_default();
    if [name, email, mailbox].iter().any(|known| known.trim().to_lowercase() == folded) {
        return unusable("that password is your name or address; choose another".to_owned());
    }
    Ok(())
}

/// Whether a text that was shown as a password can be one at all: nothing longer is hashed.
pub(crate) fn is_plausible(password: &str) -> bool {
    password.chars().count() <= MAX_PASSWORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_neither_short_nor_common_nor_its_owner() {
        let refused = |password: &str| usable_password(password, "Ana Ferreira", "ana.ferreira@example.org").is_err();
        let long = "x1".repeat(101);
        for wrong in [
            "",
            "too short",
            &long,
            "1234567890",
            "PassWord123",
            "zzzzzzzzzzzz",
            "ana ferreira",
            "Ana.Ferreira",
            "ana.ferreira@example.org",
        ] {
            assert!(refused(wrong), "{wrong}");
        }
        for right in ["correct horse battery", "tien tekens!", "ключ от гавани"] {
            assert!(!refused(right), "{right}");
        }
    }

    #[test]
    fn every_common_password_would_otherwise_be_let_through() {
        for common in COMMONEST {
            assert!((MIN_PASSWORD..=MAX_PASSWORD).contains(&common.chars().count()) && common.to_lowercase() == **common, "{common}");
        }
    }

    #[test]
    fn an_address_is_one_that_letters_can_go_to() {
        assert_eq!(Email::parse(" Ana@Example.org ").unwrap().folded(), "ana@example.org");
        let long = format!("{}@example.org", "a".repeat(250));
        for wrong in ["", "ana", "ana@", "a b@example.org", "ana@example.org\nBcc: eve@example.org", &long] {
            assert!(Email::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
