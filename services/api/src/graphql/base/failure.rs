//! Why a resolver has no answer: a refusal, which is told, or a fault, which is written down and told nothing about.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{Enum, ErrorExtensionValues, SimpleObject};
use kernel::Refusal;

/// What a resolver gives.
pub(crate) type Answer<T> = Result<T, Failure>;

/// Every kind of refusal. The list is closed: a new one is a change of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::Code")]
pub(crate) enum Code {
    /// The input cannot be used as it is; the message says which part and why.
    InvalidInput,
    /// Nothing of that name exists here. Another co-op's row does not exist either.
    NotFound,
    /// It exists already, or the same idempotency key came with another body.
    Conflict,
    /// Who asks is not known: nobody signed in, or what was shown is wrong, expired or revoked.
    SignInNeeded,
    /// The actor may not do this.
    Forbidden,
    /// This takes a second factor that was shown a few minutes ago at most.
    SecondFactorNeeded,
    /// The state of the thing does not allow this now.
    NotNow,
    /// Too often in too short a time; the message says when to try again.
    TooMany,
}

/// An expected failure: nothing was changed, and the message says what would mend it.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub(crate) struct Problem {
    /// What kind of no, for programs.
    pub(crate) code: Code,
    /// One sentence for a person: what is wrong and what would mend it.
    pub(crate) message: String,
    /// Which part of the input it is about, from the outside in: `["input", "steps", "2"]`; empty for all of it.
    pub(crate) path: Vec<String>,
}

/// Something failed in the house. Its words are for the log alone.
#[derive(Debug)]
pub(crate) struct Fault(Box<dyn std::error::Error + Send + Sync>);

impl Fault {
    /// What failed.
    pub(crate) fn error(&self) -> &(dyn std::error::Error + 'static) {
        &*self.0
    }
}

/// Why there is no answer. It has no `Display`, so that no text of a fault can slip into a reply.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Nobody knows who asks. Told in `errors`, by mutations as well.
    Stranger(Refusal),
    /// The answer is no: in `problems` of a mutation, in `errors` of a query.
    Refused(Vec<Problem>),
    /// Something failed.
    Fault(Arc<Fault>),
}

tokio::task_local! {
    /// The root field at work, and whether a refusal of it was told.
    static TELLING: (String, Told);
}

/// Whether a refusal was told while a root field was at work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<AtomicBool>);

impl Told {
    pub(crate) fn refused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs a root field so that its refusals are counted under its name.
pub(crate) async fn telling<F: Future>(field: &str, told: &Told, work: F) -> F::Output {
    TELLING.scope((field.to_owned(), told.clone()), work).await
}

/// Counts a refusal that is about to be told: which rule stops whom most is worth knowing.
fn count(code: kernel::Code) {
    let known = TELLING.try_with(|(field, told)| {
        told.0.store(true, Ordering::Relaxed);
        telemetry::count_refusal(code, field);
    });
    if known.is_err() {
        telemetry::count_refusal(code, "graphql");
    }
}

impl Failure {
    /// The problems to tell in a payload; what is to be told otherwise comes back.
    pub(crate) fn into_problems(self) -> Result<Vec<Problem>, Self> {
        match self {
            Self::Refused(problems) => {
                for problem in &problems {
                    count(problem.code.into());
                }
                Ok(problems)
            }
            Self::Stranger(_) | Self::Fault(_) => Err(self),
        }
    }

    /// A fault of the house.
    pub(crate) fn fault(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault(Arc::new(Fault(error.into())))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![Problem::from(refusal)])
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(vec![problem])
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.code.into(), message: refusal.message, path: Vec::new() }
    }
}

/// A refusal of a part of the input.
pub(crate) fn at(path: &[&str], code: kernel::Code, message: impl Into<String>) -> Failure {
    let path = path.iter().map(|part| (*part).to_owned()).collect();
    Problem { code: code.into(), message: message.into(), path }.into()
}

/// The errors of the contexts: each says itself whether it is a refusal.
macro_rules! from_contexts {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                error.refusal().map_or_else(|| Self::fault(error), Self::from)
            }
        }
    )*};
}

from_contexts!(
    access::AccessError,
    audit::AuditError,
    catalogue::CatalogueError,
    costs::CostsError,
    identity::IdentityError,
    imports::ImportsError,
    ledger::LedgerError,
    orders::OrdersError,
    partners::PartnersError,
    payouts::PayoutsError,
    settlement::SettlementError,
    stock::promises::PromiseError,
    statements::StatementsError,
    stock::StockError,
);

impl From<sea_orm::DbErr> for Failure {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::fault(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::fault(error)
    }
}

/// Refusals go into `errors` with their code, several as one with the first code and all sentences; of a fault only its
/// shadow does, for the gate to write down.
impl From<Failure> for async_graphql::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Stranger(refusal) => {
                count(refusal.code);
                coded(refusal.code.into(), refusal.message)
            }
            Failure::Refused(problems) => {
                for problem in &problems {
                    count(problem.code.into());
                }
                let message = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join("; ");
                coded(problems.first().map_or(Code::InvalidInput, |problem| problem.code), message)
            }
            Failure::Fault(fault) => Self { message: String::new(), source: Some(fault), extensions: None },
        }
    }
}

fn coded(code: Code, message: String) -> async_graphql::Error {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", async_graphql::Value::from(code));
    async_graphql::Error { message, source: None, extensions: Some(extensions) }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
