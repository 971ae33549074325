//! What can go wrong at the door.

use chrono::TimeDelta;
use kernel::{Code, Refusal};
use sea_orm::DbErr;

/// Why somebody was not let in, or a change was not made. None of these tells whether an address is known.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Nobody is signed in: no token, or one that is wrong, expired, revoked or from elsewhere.
    #[error("sign in: {0}")]
    NotSignedIn(&'static str),
    /// The address and the password do not go together.
    #[error("that address and password do not go together, or the address is not confirmed yet; a forgotten password can be reset")]
    WrongPassword,
    /// The code, recovery code or passkey that was shown is not right, or was shown before.
    #[error("that second factor is not right, or was used before; wait for a new code, or use another")]
    WrongFactor,
    /// The link of a letter is not good.
    #[error("this link was used, replaced or is too old; ask for a new one")]
    DeadLink,
    /// What has begun with a passkey or a challenge cannot go on.
    #[error("this took too long or was done before; begin again")]
    BeginAgain,
    /// Too often in too short a time.
    #[error("too often in too short a time; try again in {}", span(*.0))]
    TooOften(TimeDelta),
    /// Every place in the queue for hashing passwords is taken.
    #[error("too many people sign in at this moment; try again in a few seconds")]
    Busy,
    /// A name, address or password that cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The person has a second factor and has not shown it lately.
    #[error("show your second factor first")]
    FactorNeeded,
    /// There is no such session, passkey or factor of this person.
    #[error("you have no such {0}")]
    Nothing(&'static str),
    /// It is there already.
    #[error("you have {0} already; remove it first")]
    Already(&'static str),
    /// The configuration does not work.
    #[error("people cannot sign in: {0}")]
    Config(String),
    /// What is stored cannot be read with the configured secret.
    #[error("{0} was sealed with another secret than the one configured")]
    Sealed(&'static str),
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Token(#[from] jsonwebtoken::errors::Error),
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}")]
    Hash(String),
    /// A letter could not be sent.
    #[error("the letter could not be sent")]
    Mail(#[from] mail::MailError),
    /// A letter could not be put into the queue.
    #[error("a letter could not be promised")]
    Jobs(#[from] jobs::JobsError),
    /// What is stored as JSON cannot be read or written.
    #[error("what is stored cannot be read")]
    Json(#[from] serde_json::Error),
    /// The database failed.
    #[error("the people could not be reached")]
    Db(#[from] DbErr),
}

impl AccessError {
    /// The refusal to tell the one who asked; `None` for a fault.
    pub fn refusal(&self) -> Option<Refusal> {
        let code = match self {
            Self::NotSignedIn(_) | Self::WrongPassword => Code::SignInNeeded,
            Self::WrongFactor | Self::Unusable(_) => Code::InvalidInput,
            Self::BeginAgain | Self::DeadLink => Code::NotNow,
            Self::TooOften(_) | Self::Busy => Code::TooMany,
            Self::FactorNeeded => Code::SecondFactorNeeded,
            Self::Nothing(_) => Code::NotFound,
            Self::Already(_) => Code::Conflict,
            Self::Config(_)
            | Self::Sealed(_)
            | Self::Token(_)
            | Self::Hash(_)
            | Self::Mail(_)
            | Self::Jobs(_)
            | Self::Json(_)
            | Self::Db(_) => return None,
        };
        Some(Refusal::new(code, self.to_string()))
    }
}

/// A wait in words, rounded up.
fn span(wait: TimeDelta) -> String {
    let secs = wait.num_milliseconds().max(0).cast_unsigned().div_ceil(1000).max(1);
    match secs {
        1 => "1 second".to_owned(),
        2..=90 => format!("{secs} seconds"),
        _ => format!("{} minutes", secs.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_words_and_never_too_short() {
        let told = |millis| span(TimeDelta::milliseconds(millis));
        assert_eq!([told(0), told(1_001), told(90_000), told(90_001)], ["1 second", "2 seconds", "90 seconds", "2 minutes"]);
    }
}
