//! How a command ends when it does not end well: a sentence for people, a code for programs.

use std::error::Error;

use kernel::{Code, Refusal};

/// Printed under `--help`.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  a fault: something that should work did not
  2  wrong usage of the command line, or settings that cannot be used
  3  refused: a rule said no, and the message says which and what would mend it
  4  the books do not agree (verify)
  5  something is parked or unknown and needs a person";

/// The exit code of wrong usage, as the command line's own parser has it.
pub(crate) const WRONG_USAGE: u8 = 2;

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A rule said no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The books do not agree.
    #[error("{0}")]
    Differs(String),
    /// Something waits for a person.
    #[error("{0}")]
    NeedsPerson(String),
    /// Something that should work did not.
    #[error("{0}")]
    Fault(Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// A fault, with its causes.
    pub(crate) fn fault(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Fault(error.into())
    }

    /// A refusal of the command line's own.
    pub(crate) fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(code, message))
    }

    /// See [`EXIT_CODES`].
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Fault(_) => 1,
            Self::Refused(_) => 3,
            Self::Differs(_) => 4,
            Self::NeedsPerson(_) => 5,
        }
    }

    /// Its kind, for programs.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Fault(_) => "fault",
            Self::Refused(_) => "refused",
            Self::Differs(_) => "books_differ",
            Self::NeedsPerson(_) => "needs_a_person",
        }
    }

    /// What happened and why, in one line.
    pub(crate) fn sentence(&self) -> String {
        let Self::Fault(error) = self else { return self.to_string() };
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let said = deeper.to_string();
            // Some errors repeat what is beneath them.
            if !words.contains(&said) {
                words = format!("{words}: {said}");
            }
            cause = deeper.source();
        }
        words
    }
}

/// Errors of the contexts: what they refuse is told as a refusal, everything else is a fault.
macro_rules! contexts {
    ($($error:ty),+ $(,)?) => { $(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                match error.refusal() {
                    Some(refusal) => Self::Refused(refusal),
                    None => Self::fault(error),
                }
            }
        }
    )+ };
}
contexts!(
    access::AccessError,
    identity::IdentityError,
    imports::ImportsError,
    ledger::LedgerError,
    orders::OrdersError,
    payouts::PayoutsError,
    settlement::SettlementError,
    statements::StatementsError,
    stock::StockError,
);

/// Errors that are always faults.
macro_rules! faults {
    ($($error:ty),+ $(,)?) => { $(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::fault(error)
            }
        }
    )+ };
}
faults!(
    api::ApiError,
    jobs::JobsError,
    local_postgres::LocalPostgresError,
    mail::MailError,
    sea_orm::DbErr,
    serde_json::Error,
    sqlx::Error,
    sqlx::migrate::MigrateError,
    std::io::Error,
    storage::StorageError,
    stripe_gateway::GatewayError,
    stripe_sim::SimError,
    tokio::task::JoinError,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_context_refuses_is_a_refusal_and_everything_else_a_fault() {
        let refused = Failure::from(payouts::PayoutsError::AuthorApproves);
        assert_eq!(refused.exit_code(), 3, "{}", refused.sentence());
        let fault = Failure::from(payouts::PayoutsError::Db(sea_orm::DbErr::Custom("away".to_owned())));
        assert_eq!(fault.exit_code(), 1);
        assert!(fault.sentence().contains("away"), "{}", fault.sentence());
    }
}
