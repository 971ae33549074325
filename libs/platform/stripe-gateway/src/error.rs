//! What can go wrong with a call, sorted by the one question that matters with money: did Stripe do it?

use std::time::Duration;

use crate::ParseError;

/// Whether a failed call may have had its effect. It speaks of that call: an earlier one with the same key that ended in doubt stays in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Certainly not: it may be asked again, or given up.
    NotDone,
    /// Perhaps: look it up before asking again.
    Unknown,
}

/// Why a call gave no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// Stripe looked at the request and said no.
    #[error("Stripe refused: {message} (status {status}, code {})", code.as_deref().unwrap_or("none"))]
    Refused {
        /// The HTTP status, 4xx.
        status: u16,
        /// Stripe's code, such as `balance_insufficient` or `card_declined`.
        code: Option<String>,
        /// Stripe's sentence.
        message: String,
        /// The parameter at fault.
        param: Option<String>,
        /// Stripe's name for the request, for a question to their support.
        request_id: Option<String>,
    },
    /// Too many requests, or a lock on the object, and still so after several tries.
    #[error("Stripe asks to slow down")]
    RateLimited {
        /// How long to stay away, if Stripe said.
        retry_after: Option<Duration>,
    },
    /// The request was sent and its result is not known.
    #[error("it is not known whether Stripe did it: {0}")]
    Unknown(Doubt),
    /// No connection: nothing was sent.
    #[error("Stripe cannot be reached: {message}")]
    Unreachable {
        /// The error of the transport.
        message: String,
    },
    /// The idempotency key was used before with other parameters; what it did then is done.
    #[error("the idempotency key was used with other parameters: {message}")]
    Idempotency {
        /// Stripe's sentence.
        message: String,
    },
    /// The request makes no sense, or the configuration: nothing was sent.
    #[error("cannot ask Stripe: {0}")]
    Invalid(String),
    /// A list that does not end within the limit of pages.
    #[error("more than {limit} {what}")]
    TooMany {
        /// Entries of which list.
        what: &'static str,
        /// How many were read.
        limit: usize,
    },
}

/// Why it is not known whether Stripe did it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// No complete answer in time.
    #[error("no answer within {} s", after.as_secs_f32())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// The connection broke after the request had gone out, or may have.
    #[error("the connection broke: {0}")]
    ConnectionLost(String),
    /// An answer that is neither done nor refused: 5xx, also when it is the saved answer of an earlier try.
    #[error("status {status}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Stripe's name for the request.
        request_id: Option<String>,
    },
    /// An earlier request with the same key is still being worked on.
    #[error("a request with the same idempotency key is still in progress")]
    KeyInUse,
    /// It was done, but the answer does not have the shape we need.
    #[error("{0}")]
    Unreadable(ParseError),
}

impl GatewayError {
    /// Whether Stripe may have done it. Only what is certain counts as not done.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Refused { .. } | Self::RateLimited { .. } | Self::Unreachable { .. } | Self::Invalid(_) | Self::TooMany { .. } => {
                Outcome::NotDone
            }
            Self::Unknown(_) | Self::Idempotency { .. } => Outcome::Unknown,
        }
    }

    /// The failure of a later try of a call, of which an earlier try left it `doubted` that it was done: a try that did not get through proves nothing then.
    pub(crate) fn after(self, doubted: bool) -> Self {
        match self {
            Self::RateLimited { .. } | Self::Unreachable { .. } if doubted => Self::Unknown(Doubt::KeyInUse),
            failure => failure,
        }
    }
}
