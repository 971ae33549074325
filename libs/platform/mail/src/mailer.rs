//! The way out for letters.

use std::{fmt, path::PathBuf, sync::Arc};

use lettre::AsyncTransport;
use url::Url;

use crate::{
    Address, Letter, MailError, maildir,
    smtp::{self, Smtp},
};

/// Sends letters from one address. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: Address,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Folder(Arc<PathBuf>),
    Log,
    Server(Smtp),
}

impl Mailer {
    /// Opens a way out for letters from `from`: `maildir:///path` puts them into a folder, `log:` only notes that there was
    /// one, `smtp://user:password@host:587` (STARTTLS) and `smtps://user:password@host` send them. Plain SMTP is used on
    /// this machine and where `?tls=none` asks for it. Call it inside the Tokio runtime that will send.
    pub fn from_url(url: &str, from: Address) -> Result<Self, MailError> {
        let bad = |scheme: &str, why: &str| MailError::BadUrl { scheme: scheme.to_owned(), why: why.to_owned() };
        let url = Url::parse(url).map_err(|_| bad("", "write maildir:///path, log:, smtp://user:password@host:587 or smtps://…"))?;
        let way = match url.scheme() {
            "maildir" => {
                let folder = url.to_file_path().map_err(|()| bad("maildir", "write maildir:///path/to/folder"))?;
                maildir::prepare(&folder).map_err(|error| bad("maildir", &format!("{} cannot be made: {error}", folder.display())))?;
                Way::Folder(Arc::new(folder))
            }
            "log" => Way::Log,
            "smtp" | "smtps" => Way::Server(smtp::open(url)?),
            other => return Err(bad(other, "use maildir, log, smtp or smtps")),
        };
        Ok(Self { from, way })
    }

    /// Sends a letter. Sending it again is safe: a folder keeps it once, a reader of mail recognises it by its message id.
    /// [`MailError::Refused`] is final, [`MailError::Unavailable`] may be tried again.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let mail = letter.write(&self.from)?;
        match &self.way {
            Way::Log => {
                tracing::info!(mail.message_id = %letter.message_id, "letter {} would be sent", letter.message_id);
                Ok(())
            }
            Way::Server(server) => {
                let message_id = letter.message_id.to_string();
                server.send(mail).await.map(|_| ()).map_err(|source| {
                    if source.is_permanent() {
                        MailError::Refused { message_id, source }
                    } else {
                        MailError::Unavailable { message_id, source }
                    }
                })
            }
            Way::Folder(folder) => {
                let (shared, id) = (folder.clone(), letter.message_id.clone());
                let delivered = tokio::task::spawn_blocking(move || maildir::deliver(&shared, &id, &mail.formatted())).await;
                delivered.unwrap_or_else(|broken| Err(std::io::Error::other(broken))).map_err(|source| MailError::Folder {
                    message_id: letter.message_id.to_string(),
                    folder: folder.display().to_string(),
                    source,
                })
            }
        }
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match &self.way {
            Way::Folder(folder) => format!("maildir://{}", folder.display()),
            Way::Log => "log:".to_owned(),
            Way::Server(_) => "a mail server".to_owned(),
        };
        f.debug_struct("Mailer").field("from", &self.from).field("way", &way).finish()
    }
}
