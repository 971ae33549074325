//! Keys of files: plain ASCII, the same in a folder, a bucket and a URL.

use object_store::path::Path;

use crate::StorageError;

/// S3 allows 1,024 bytes with the prefix; file systems allow 255 for each part.
const LONGEST_KEY: usize = 512;
const LONGEST_PART: usize = 200;

/// Parses `statements/2026-11/HM-0007.pdf`: parts of ASCII letters, digits and `- _ . =`, none of them only dots.
pub(crate) fn parse(key: &str) -> Result<Path, StorageError> {
    match broken_rule(key) {
        None => Ok(Path::from(key)),
        Some(why) => Err(StorageError::BadKey { key: key.to_owned(), why }),
    }
}

fn broken_rule(key: &str) -> Option<&'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=/".contains(&byte);
    if key.len() > LONGEST_KEY {
        Some("it is longer than 512 bytes")
    } else if !key.bytes().all(plain) {
        Some("only ASCII letters, digits, - _ . = and / between parts are allowed")
    } else if key.split('/').any(str::is_empty) {
        Some("a part is empty")
    } else if key.split('/').any(|part| part.len() > LONGEST_PART) {
        Some("a part is longer than 200 bytes")
    } else if key.split('/').any(|part| part.bytes().all(|byte| byte == b'.')) {
        Some("a part made of dots could lead elsewhere")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_file_below_the_place_and_nothing_else() {
        assert_eq!(parse("statements/2026-11/HM_7.r2.pdf").unwrap().as_ref(), "statements/2026-11/HM_7.r2.pdf");
        let long = "x".repeat(201);
        for wrong in ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "a b", "ä", "a%2e", "a\0", long.as_str()] {
            assert!(matches!(parse(wrong), Err(StorageError::BadKey { .. })), "{wrong:?}");
        }
    }
}
