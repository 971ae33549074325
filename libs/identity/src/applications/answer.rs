//! What people submit, checked before it is kept.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Requirement, RequirementKind};
use crate::{IdentityError, words};

/// The largest document: a scan of a few pages.
pub const MAX_DOCUMENT_BYTES: usize = 10 * 1024 * 1024;
/// The types that a document may have.
pub const DOCUMENT_TYPES: [&str; 3] = [TYPES[0].0, TYPES[1].0, TYPES[2].0];
/// Characters of a file's name, of a profile, and of a product's name.
const LONGEST_FILE_NAME: usize = 200;
const LONGEST_PROFILE: usize = 10_000;
const LONGEST_PRODUCT: usize = 200;
/// Products that one may name.
const MOST_PRODUCTS: usize = 500;

/// The types of documents that reviewers can look at everywhere, and how their bytes begin.
const TYPES: [(&str, &str, &[u8]); 3] =
    [("application/pdf", "pdf", b"%PDF-"), ("image/png", "png", b"\x89PNG\r\n\x1a\n"), ("image/jpeg", "jpg", b"\xff\xd8\xff")];

/// What somebody submits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A file.
    Document(Document),
    /// "I accept these terms": the SHA-256 of the text that was read, in hexadecimal.
    Terms {
        /// Of the requirement's description.
        sha256: String,
    },
    /// A text about oneself.
    Profile(String),
    /// Products by name.
    Products(Vec<String>),
}

/// A file to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, for people.
    pub name: String,
    /// What is in it. Its type is seen from the bytes.
    pub bytes: Bytes,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredDocument {
    /// Where it lies.
    pub key: String,
    /// Its name, for people.
    pub name: String,
    /// Its type.
    pub content_type: String,
    /// Its size in bytes.
    pub size: usize,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What is kept of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    Document(StoredDocument),
    Terms { sha256: String },
    Profile { text: String },
    Products { names: Vec<String> },
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} bytes)", self.bytes.len())
    }
}

impl Document {
    /// What is to be kept of it under a key that begins so.
    pub(super) fn to_store(&self, folder: &str) -> Result<StoredDocument, IdentityError> {
        let name: String = self.name.trim().chars().filter(|character| !character.is_control()).collect();
        if name.is_empty() || name.chars().count() > LONGEST_FILE_NAME {
            return Err(IdentityError::BadAnswer("a file's name has 1 to 200 characters".to_owned()));
        }
        if self.bytes.len() > MAX_DOCUMENT_BYTES {
            let size = self.bytes.len();
            return Err(IdentityError::BadAnswer(format!(
                "the file has {size} bytes; {MAX_DOCUMENT_BYTES} is the most, so scan it smaller"
            )));
        }
        let known = TYPES.iter().find(|(_, _, begins)| self.bytes.starts_with(begins));
        let (content_type, ending, _) =
            known.ok_or_else(|| IdentityError::BadAnswer("the file is no PDF, PNG or JPEG; export it as one of these".to_owned()))?;
        let sha256 = hex(&self.bytes);
        Ok(StoredDocument {
            key: format!("{folder}/{sha256}.{ending}"),
            name,
            content_type: (*content_type).to_owned(),
            size: self.bytes.len(),
            sha256,
        })
    }
}

/// What is kept of an answer that is no document, if it fits the requirement.
pub(super) fn kept(requirement: &Requirement, answer: &Answer) -> Result<Kept, IdentityError> {
    let bad = |why: String| Err(IdentityError::BadAnswer(why));
    match (requirement.kind, answer) {
        (RequirementKind::Terms, Answer::Terms { sha256 }) => {
            let now = hex(requirement.description.as_bytes());
            if sha256.eq_ignore_ascii_case(&now) {
                Ok(Kept::Terms { sha256: now })
            } else {
                Err(IdentityError::OtherTerms(requirement.name.clone()))
            }
        }
        (RequirementKind::Profile, Answer::Profile(text)) => {
            let text = text.trim();
            match text.chars().count() {
                _ if !words::is_plain(text) => bad("leave out control characters".to_owned()),
                0 => bad("the profile is empty; say who you are and what you make".to_owned()),
                length if length > LONGEST_PROFILE => bad(format!("the profile has {length} characters; {LONGEST_PROFILE} is the most")),
                _ => Ok(Kept::Profile { text: text.to_owned() }),
            }
        }
        (RequirementKind::MinimumProducts, Answer::Products(names)) => products(requirement, names),
        (RequirementKind::Document | RequirementKind::Terms | RequirementKind::Profile | RequirementKind::MinimumProducts, _) => {
            bad(format!("{:?} asks for something else; look at its kind", requirement.name))
        }
    }
}

fn products(requirement: &Requirement, names: &[String]) -> Result<Kept, IdentityError> {
    let mut names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    let minimum = requirement.minimum.and_then(|minimum| usize::try_from(minimum).ok()).unwrap_or_default();
    let wrong = if names.len() < minimum {
        format!("{} different products are named; {:?} asks for {minimum}", names.len(), requirement.name)
    } else if names.len() > MOST_PRODUCTS || names.iter().any(|name| name.chars().count() > LONGEST_PRODUCT || !words::is_plain(name)) {
        format!("name {MOST_PRODUCTS} products at most, each in {LONGEST_PRODUCT} characters")
    } else {
        return Ok(Kept::Products { names });
    };
    Err(IdentityError::BadAnswer(wrong))
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documents_type_is_seen_from_its_bytes() {
        let document = |name: &str, bytes: &'static [u8]| Document { name: name.to_owned(), bytes: Bytes::from_static(bytes) };
        let kept = document("insurance.exe", b"%PDF-1.7 abc").to_store("documents/1/x").unwrap();
        assert_eq!((kept.content_type.as_str(), kept.size), ("application/pdf", 12));
        assert_eq!(kept.key, format!("documents/1/x/{}.pdf", kept.sha256));
        for wrong in [document("a.pdf", b"<html>"), document("a.pdf", b""), document(" \n", b"%PDF-"), document("svg", b"<svg/>")] {
            assert!(wrong.to_store("x").is_err(), "{wrong:?}");
        }
        let large = Document { name: "large".to_owned(), bytes: [b"%PDF-".to_vec(), vec![0; MAX_DOCUMENT_BYTES]].concat().into() };
        assert!(large.to_store("x").is_err());
    }
}
