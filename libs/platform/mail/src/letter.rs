//! A letter and how it is written down.

use std::fmt;

use lettre::{
    Message,
    message::{Attachment as Part, MultiPart, SinglePart, header::ContentType},
};

use crate::{Address, MailError, MessageId, address::without_controls};

/// One letter to one person: plain text, perhaps with files.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who it is for.
    pub to: Address,
    /// One line.
    pub subject: String,
    /// What it says, plain text.
    pub text: String,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// The same whenever this letter is sent again.
    pub message_id: MessageId,
}

/// A file that goes with a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name.
    pub name: String,
    /// Its type, such as `application/pdf`.
    pub content_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// The letter as a mail from `from`.
    pub(crate) fn write(&self, from: &Address) -> Result<Message, MailError> {
        let head = Message::builder()
            .from(from.0.clone())
            .to(self.to.0.clone())
            .subject(without_controls(&self.subject))
            .message_id(Some(format!("<{}>", self.message_id)));
        let text = SinglePart::plain(self.text.clone());
        let mail = if self.attachments.is_empty() {
            head.singlepart(text)
        } else {
            let mut parts = MultiPart::mixed().singlepart(text);
            for attachment in &self.attachments {
                parts = parts.singlepart(attachment.part()?);
            }
            head.multipart(parts)
        };
        mail.map_err(|source| MailError::Unwritable { message_id: self.message_id.to_string(), source })
    }
}

impl Attachment {
    fn part(&self) -> Result<SinglePart, MailError> {
        let content_type = ContentType::parse(&self.content_type)
            .map_err(|_| MailError::BadContentType { name: self.name.clone(), content_type: self.content_type.clone() })?;
        Ok(Part::new(without_controls(&self.name)).body(self.bytes.clone(), content_type))
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, message_id, attachments, .. } = self;
        f.debug_struct("Letter").field("message_id", message_id).field("to", to).field("attachments", attachments).finish_non_exhaustive()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({}, {} bytes)", self.content_type, self.bytes.len())
    }
}
