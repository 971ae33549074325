//! What texts have to look like, and enumerations as PostgreSQL writes them.

/// An enumeration whose values are words in the database.
macro_rules! worded {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$value),+];

            /// How the database and files write it.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// The value of that word.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }

            /// The value in a column.
            pub(crate) fn decode(word: &str) -> Result<Self, sea_orm::DbErr> {
                Self::of_word(word).ok_or_else(|| sea_orm::DbErr::Type(format!("{word:?} is no {}", stringify!($name))))
            }
        }
    };
}
pub(crate) use worded;

/// The most letters of a SKU.
pub(crate) const LONGEST_SKU: usize = 80;
/// The last place in a list: a number that more can be counted on from.
const LAST_POSITION: i32 = 1_000_000;
/// The most letters of a handle.
const LONGEST_HANDLE: usize = 120;

/// A text on one line, without blanks around it; nothing when it is empty, too long, or has control characters in it.
pub(crate) fn line(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// A text that may have several lines, and may be empty.
pub(crate) fn paragraphs(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
    (text.chars().count() <= longest && text.chars().all(plain)).then(|| text.to_owned())
}

/// Whether it can stand in an address.
pub(crate) fn is_handle(text: &str, longest: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=longest.min(LONGEST_HANDLE)).contains(&text.len())
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
        && text.bytes().next().is_some_and(plain)
}

/// A handle made of a title: its letters and digits that can stand in an address, with hyphens between them. Empty when it
/// has none.
pub(crate) fn handle_of(title: &str) -> String {
    let mut handle = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            handle.push(letter);
        } else if !handle.is_empty() && !handle.ends_with('-') {
            handle.push('-');
        }
        if handle.len() >= LONGEST_HANDLE - 10 {
            break; // room for what makes it different from another
        }
    }
    handle.trim_end_matches('-').to_owned()
}

/// Whether it can be a place in a list.
pub(crate) fn is_position(position: i32) -> bool {
    (0..=LAST_POSITION).contains(&position)
}

/// Whether it is a language as the database takes it: `nl`, `pt-BR`, `zh-Hant-TW`.
pub(crate) fn is_language(text: &str) -> bool {
    let mut parts = text.split('-').peekable();
    let letters = |part: &str, sizes: std::ops::RangeInclusive<usize>, is: fn(&u8) -> bool| {
        sizes.contains(&part.len()) && part.as_bytes().iter().all(is)
    };
    let main = parts.next().is_some_and(|part| letters(part, 2..=3, u8::is_ascii_lowercase));
    let is_script =
        |part: &str| part.len() == 4 && part.as_bytes()[0].is_ascii_uppercase() && letters(&part[1..], 3..=3, u8::is_ascii_lowercase);
    if parts.peek().is_some_and(|part| part.is_ascii() && is_script(part)) {
        parts.next();
    }
    let region = parts.next().is_none_or(|part| letters(part, 2..=2, u8::is_ascii_uppercase) || letters(part, 3..=3, u8::is_ascii_digit));
    main && region && parts.next().is_none()
}

/// Whether it can be a barcode: what is printed under one, without blanks.
pub(crate) fn is_barcode(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-')
}

/// Whether it can be the name of an attribute: `material`, `made_in`.
pub(crate) fn is_attribute(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_made_of_what_can_stand_in_an_address() {
        assert_eq!(handle_of("  Blue Mug, 0.3 l – glazed! "), "blue-mug-0-3-l-glazed");
        assert_eq!(handle_of("茶碗"), "");
        let long = handle_of(&"mug ".repeat(100));
        assert!(is_handle(&long, 120) && long.len() <= 110, "{long}");
        for wrong in ["", "-mug", "Mug", "a b", "tasse-é"] {
            assert!(!is_handle(wrong, 120), "{wrong}");
        }
    }

    #[test]
    fn languages_are_written_as_in_bcp_47() {
        for right in ["nl", "gsw", "pt-BR", "es-419", "zh-Hant", "zh-Hant-TW"] {
            assert!(is_language(right), "{right}");
        }
        for wrong in ["", "n", "NL", "nl-", "nl-nl", "dutch", "zh-TW-Hant", "pt-BR-x", "zh-hé-TW"] {
            assert!(!is_language(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_line_is_one_and_not_empty() {
        assert_eq!(line("  A mug ", 10), Some("A mug".to_owned()));
        for wrong in ["", "  ", "a\nb", "elevenchars"] {
            assert_eq!(line(wrong, 10), None, "{wrong}");
        }
        assert_eq!(paragraphs(" a\nb ", 10), Some("a\nb".to_owned()));
        assert_eq!(paragraphs("a\u{1f}b", 10), None);
    }
}
