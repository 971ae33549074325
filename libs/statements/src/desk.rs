//! What happens to a statement after it was issued: its files are stored, and it is mailed. Both jobs may run twice.

use std::sync::Arc;

use bytes::Bytes;
use jobs::{Attempt, Handlers, Job, Task};
use kernel::CoopId;
use mail::{Address, Attachment, Letter, Mailer};
use serde::{Deserialize, Serialize};
use storage::Storage;

use crate::{
    Issued, StatementId, Statements, StatementsError,
    outputs::{FileKind, csv, key, letter_text, pdf},
    repo::{self, Event},
};

/// Store the three files of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderStatement {
    /// Which revision.
    pub statement: StatementId,
}

/// Mail a statement whose files are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailStatement {
    /// Which revision.
    pub statement: StatementId,
}

impl Task for RenderStatement {
    const NAME: &'static str = "statements.render";
}

impl Task for MailStatement {
    const NAME: &'static str = "statements.mail";
}

/// Where statements are printed and posted.
#[derive(Clone, Debug)]
pub struct Desk {
    statements: Statements,
    storage: Arc<Storage>,
    mailer: Mailer,
}

impl Desk {
    /// Files go to `storage`, letters through `mailer`.
    pub fn new(statements: Statements, storage: Arc<Storage>, mailer: Mailer) -> Self {
        Self { statements, storage, mailer }
    }

    /// Lets this desk do the jobs of statements.
    #[must_use]
    pub fn register(self, handlers: Handlers) -> Handlers {
        let (render, mail) = (self.clone(), self);
        handlers
            .on(move |task: RenderStatement, attempt: Attempt| {
                let desk = render.clone();
                async move { desk.render(attempt.coop, task.statement).await }
            })
            .on(move |task: MailStatement, attempt: Attempt| {
                let desk = mail.clone();
                async move { desk.mail(attempt.coop, task.statement).await }
            })
    }

    /// Stores the PDF, the CSV and the JSON of a statement, and has it mailed to a party with an address. A second time
    /// stores the same bytes, which changes nothing.
    #[tracing::instrument(name = "statements.render", skip_all, fields(coop.id = %coop, statement.id = %id), err)]
    pub async fn render(&self, coop: CoopId, id: StatementId) -> Result<(), StatementsError> {
        let issued = self.load(coop, id).await?;
        let document = &issued.sealed.document;
        let table = csv(document);
        let paper = self.paper(&issued).await?;
        for (kind, bytes) in [(FileKind::Pdf, paper), (FileKind::Csv, table.into()), (FileKind::Json, issued.sealed.json.clone().into())] {
            self.storage.put(&key(document, kind), bytes, kind.content_type()).await?;
        }
        let tx = db::begin(&self.statements.db, coop).await?;
        let files = key(document, FileKind::Pdf);
        repo::note(&tx, (coop, id), Event::Rendered, self.statements.clock.now(), Some(&files)).await?;
        if self.address(&tx, coop, &issued).await?.is_some() {
            jobs::enqueue(&tx, &Job::try_new(coop, &MailStatement { statement: id })?.once(id.to_string())).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Mails a statement with its PDF. The letter has the same message id each time, so one that was sent before and not
    /// noted is recognised by whoever gets it twice.
    #[tracing::instrument(name = "statements.mail", skip_all, fields(coop.id = %coop, statement.id = %id), err)]
    pub async fn mail(&self, coop: CoopId, id: StatementId) -> Result<(), StatementsError> {
        let issued = self.load(coop, id).await?;
        let tx = db::begin(&self.statements.db, coop).await?;
        let address = self.address(&tx, coop, &issued).await?;
        tx.commit().await?;
        let Some(to) = address.filter(|_| issued.mailed_at.is_none()) else { return Ok(()) };
        let document = &issued.sealed.document;
        let bytes = self.storage.get(&key(document, FileKind::Pdf)).await?.to_vec();
        let name = format!("statement-{}-r{}.pdf", document.number, document.revision);
        let (subject, text) = letter_text(document);
        let letter = Letter {
            to,
            subject,
            text,
            attachments: vec![Attachment { name, content_type: FileKind::Pdf.content_type().to_owned(), bytes }],
            message_id: format!("statement-{id}-r{}@{}.guildhall", document.revision, document.co_op.slug).parse()?,
        };
        self.mailer.send(&letter).await?;
        let tx = db::begin(&self.statements.db, coop).await?;
        repo::note(&tx, (coop, id), Event::Mailed, self.statements.clock.now(), Some(letter.message_id.as_str())).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A stored file of a statement.
    pub async fn file(&self, coop: CoopId, number: &str, revision: Option<u32>, kind: FileKind) -> Result<Bytes, StatementsError> {
        let issued = self.statements.get(coop, number, revision).await?;
        Ok(self.storage.get(&key(&issued.sealed.document, kind)).await?)
    }

    async fn load(&self, coop: CoopId, id: StatementId) -> Result<Issued, StatementsError> {
        let tx = db::begin(&self.statements.db, coop).await?;
        let issued = repo::by_id(&tx, coop, id).await?;
        tx.commit().await?;
        issued.ok_or_else(|| StatementsError::NoStatement(id.to_string()))
    }

    /// Typesets on a thread where blocking is allowed.
    async fn paper(&self, issued: &Issued) -> Result<Bytes, StatementsError> {
        let sealed = issued.sealed.clone();
        let number = sealed.document.number.clone();
        let made = tokio::task::spawn_blocking(move || pdf(&sealed)).await?;
        made.map(Bytes::from).map_err(|source| StatementsError::Document { number, source })
    }

    /// Where the party's mail goes; `None` when it has no address, or one that cannot be one.
    async fn address(&self, tx: &db::Tx, coop: CoopId, issued: &Issued) -> Result<Option<Address>, StatementsError> {
        let party = &issued.sealed.document.party;
        let Some(email) = repo::email(tx, coop, party.id).await? else { return Ok(None) };
        match Address::named(&party.name, &email) {
            Ok(address) => Ok(Some(address)),
            Err(error) => {
                tracing::warn!(party.id = %party.id, %error, "party {} has no usable address; its statement is not mailed", party.id);
                Ok(None)
            }
        }
    }
}
