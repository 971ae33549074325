//! The letters of promises: what somebody waited for is held for them. A job: it may run twice.

use db::statement;
use jobs::{Attempt, Handlers, Job, Task};
use kernel::CoopId;
use mail::{Address, Letter, Mailer};
use sea_orm::{DatabaseConnection, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{EntryId, PreorderId, PromiseError};

/// Tell somebody that what they wait for is held for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailOffer {
    /// Who ordered it.
    Preorder(PreorderId),
    /// Who stands in the line for it.
    Entry(EntryId),
}

impl Task for MailOffer {
    const NAME: &'static str = "stock.mail_offer";
}

/// Where the letters are written.
#[derive(Clone, Debug)]
pub struct Desk {
    db: DatabaseConnection,
    mailer: Mailer,
    /// Where links in letters lead, without a slash at the end.
    web_origin: String,
}

#[derive(FromQueryResult)]
struct Words {
    email: String,
    coop: String,
    slug: String,
    title: String,
    quantity: i32,
    until: String,
}

/// What is still held, and for whom.
const PREORDER: &str = "
select promise.email, coop.name as coop, coop.slug, product_text.title, promise.quantity,
       to_char(reservation.expires_at at time zone coop.time_zone, 'YYYY-MM-DD HH24:MI') as until
from preorder promise
join reservation on reservation.coop_id = promise.coop_id and reservation.reservation_id = promise.reservation_id and reservation.state = 'held'
join variant on variant.coop_id = promise.coop_id and variant.variant_id = promise.variant_id
join product on product.coop_id = variant.coop_id and product.product_id = variant.product_id
join product_text on product_text.coop_id = product.coop_id and product_text.product_id = product.product_id
    and product_text.language = product.language
join coop on coop.coop_id = promise.coop_id
where promise.coop_id = $1 and promise.preorder_id = $2 and promise.email is not null";

impl MailOffer {
    const fn name(self) -> &'static str {
        match self {
            Self::Preorder(_) => "preorder",
            Self::Entry(_) => "offer",
        }
    }

    const fn key(self) -> uuid::Uuid {
        match self {
            Self::Preorder(id) => id.0,
            Self::Entry(id) => id.0,
        }
    }
}

/// Puts the letter in, once.
pub(crate) async fn letter(tx: &db::Tx, coop: CoopId, task: &MailOffer) -> Result<(), PromiseError> {
    jobs::enqueue(tx, &Job::try_new(coop, task)?.once(format!("{}-{}", task.name(), task.key()))).await?;
    Ok(())
}

impl Desk {
    /// Letters go through `mailer`; links in them lead to the web pages at `web_origin`.
    pub fn new(db: DatabaseConnection, mailer: Mailer, web_origin: &str) -> Self {
        Self { db, mailer, web_origin: web_origin.trim_end_matches('/').to_owned() }
    }

    /// Lets this desk do the jobs of promises.
    #[must_use]
    pub fn register(self, handlers: Handlers) -> Handlers {
        handlers.on(move |task: MailOffer, attempt: Attempt| {
            let desk = self.clone();
            async move { desk.mail(attempt.coop, task).await }
        })
    }

    /// Mails it, if it is held still. The letter has the same message id each time.
    async fn mail(&self, coop: CoopId, task: MailOffer) -> Result<(), PromiseError> {
        let sql = match task {
            MailOffer::Preorder(_) => PREORDER.to_owned(),
            MailOffer::Entry(_) => {
                PREORDER.replace("from preorder promise", "from waitlist_entry promise").replace("preorder_id", "entry_id")
            }
        };
        let tx = db::begin(&self.db, coop).await?;
        let words = Words::find_by_statement(statement(&sql, [coop.0.into(), task.key().into()])).one(&tx).await?;
        tx.commit().await?;
        let Some(words) = words else { return Ok(()) };
        let letter = Letter {
            to: words.email.parse::<Address>()?,
            subject: format!("{} is held for you", words.title),
            text: self.text(&words, task),
            attachments: Vec::new(),
            message_id: format!("{}-{}@{}.guildhall", task.name(), task.key(), words.slug).parse()?,
        };
        Ok(self.mailer.send(&letter).await?)
    }

    fn text(&self, words: &Words, task: MailOffer) -> String {
        let Words { coop, title, quantity, until, .. } = words;
        let (why, then) = match task {
            MailOffer::Preorder(_) => ("you ordered it before it was there", "Pay the balance"),
            MailOffer::Entry(_) => ("you stood in the line for it", "Take it"),
        };
        format!(
            "Hello,\n\n{coop} holds {quantity} x {title} for you, because {why}.\n\nIt is yours until {until}; then it goes to the next one. \
             {then} here:\n\n{}/held#{}\n\nIf you do not want it any more, do nothing.\n",
            self.web_origin,
            task.key()
        )
    }
}
