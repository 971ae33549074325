//! Letters by electronic mail: into a folder or a log by default, over SMTP by configuration.
//!
//! Each [`Letter`] carries a message id chosen by its author, the same each time the same letter is sent. A folder therefore
//! holds it once however often a job repeats, and a mail program shows it once when SMTP delivered it twice.
//! Addresses are parsed before they come here; neither they nor what a letter says are ever logged.

mod address;
mod error;
mod letter;
mod maildir;
mod mailer;
mod smtp;

pub use address::{Address, MessageId};
pub use error::MailError;
pub use letter::{Attachment, Letter};
pub use mailer::Mailer;
