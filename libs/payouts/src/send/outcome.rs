//! What an answer of Stripe's, or its absence, means for a payout.

use std::time::Duration;

use stripe_gateway::{GatewayError, objects::Transfer};

/// What came of carrying a payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The transfer exists, or existed.
    Found(Box<Transfer>),
    /// Stripe looked at it and said no, for good.
    Refused(String),
    /// It certainly was not done, and may be later.
    Later(Pause),
    /// It may have been done.
    InDoubt(Pause),
}

/// A payout that waits for its next try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    /// For people.
    pub(crate) reason: String,
    /// Stay away for as long at least.
    pub(crate) at_least: Duration,
    /// The key is used up: Stripe would repeat its refusal.
    pub(crate) new_key: bool,
    /// Stripe as a whole is the trouble: the other payouts would meet the same.
    pub(crate) stop: bool,
}

impl Pause {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), at_least: Duration::ZERO, new_key: false, stop: false }
    }
}

/// Judges a failed command. `fresh`: every earlier command of this key is certain not to have been done. Otherwise an answer that
/// speaks only of this request leaves open what became of the earlier ones, and the payout stays in doubt.
pub(crate) fn judge(error: GatewayError, fresh: bool) -> Outcome {
    let not_done = |pause: Pause| {
        if fresh { Outcome::Later(pause) } else { Outcome::InDoubt(Pause { new_key: false, ..pause }) }
    };
    match error {
        GatewayError::Refused { status, code, message, .. } => match (status, code.as_deref()) {
            (_, Some("balance_insufficient" | "insufficient_funds")) => not_done(Pause {
                new_key: true,
                ..Pause::new(format!("the platform's available balance at Stripe is too low for now: {message}"))
            }),
            // Who may ask is the installation's trouble and no word about this payout.
            (401 | 409, _) | (403, None | Some("platform_api_key_expired" | "api_key_expired" | "secret_key_required")) => {
                not_done(Pause { new_key: true, stop: true, ..Pause::new(format!("Stripe does not take requests from here: {message}")) })
            }
            (_, code) => {
                let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
                Outcome::Refused(format!("Stripe refused the transfer: {message}{code}"))
            }
        },
        GatewayError::RateLimited { retry_after } => not_done(Pause {
            at_least: retry_after.unwrap_or_default(),
            stop: true,
            ..Pause::new("Stripe asks to slow down; it is sent later")
        }),
        GatewayError::Unreachable { message } => {
            not_done(Pause { stop: true, ..Pause::new(format!("Stripe cannot be reached: {message}")) })
        }
        GatewayError::Invalid(message) => {
            not_done(Pause { stop: true, ..Pause::new(format!("the request to Stripe cannot be made: {message}")) })
        }
        error @ (GatewayError::Unknown(_) | GatewayError::Idempotency { .. } | GatewayError::TooMany { .. }) => {
            Outcome::InDoubt(Pause::new(format!("{error}; Stripe is asked before anything is sent again")))
        }
    }
}

/// Judges a failed look: nothing is known, whatever it was.
pub(crate) fn unseen(error: &GatewayError) -> Pause {
    let (at_least, stop) = match error {
        GatewayError::RateLimited { retry_after } => (retry_after.unwrap_or_default(), true),
        GatewayError::Unreachable { .. } | GatewayError::Invalid(_) => (Duration::ZERO, true),
        GatewayError::Refused { .. } | GatewayError::Unknown(_) | GatewayError::Idempotency { .. } | GatewayError::TooMany { .. } => {
            (Duration::ZERO, false)
        }
    };
    let reason = format!("Stripe could not be asked whether the transfer exists: {error}");
    Pause { at_least, stop, ..Pause::new(reason) }
}

#[cfg(test)]
mod tests {
    use stripe_gateway::Doubt;

    use super::*;

    fn refused(status: u16, code: Option<&str>) -> GatewayError {
        let (message, param, request_id) = ("no".to_owned(), None, None);
        GatewayError::Refused { status, code: code.map(str::to_owned), message, param, request_id }
    }

    #[test]
    fn g7_a_refusal_is_final_and_says_why() {
        for fresh in [true, false] {
            let Outcome::Refused(reason) = judge(refused(400, Some("account_invalid")), fresh) else { panic!("not final") };
            assert_eq!(reason, "Stripe refused the transfer: no (account_invalid)");
        }
    }

    #[test]
    fn g6_a_low_balance_waits_with_a_new_key_unless_an_earlier_command_is_open() {
        assert!(matches!(judge(refused(400, Some("balance_insufficient")), true), Outcome::Later(pause) if pause.new_key && !pause.stop));
        assert!(matches!(judge(refused(400, Some("balance_insufficient")), false), Outcome::InDoubt(pause) if !pause.new_key));
    }

    #[test]
    fn g6_what_stripe_did_not_do_is_only_certain_when_nothing_was_sent_before() {
        for error in
            [GatewayError::RateLimited { retry_after: None }, GatewayError::Unreachable { message: "down".to_owned() }, refused(401, None)]
        {
            assert!(matches!(judge(error.clone(), true), Outcome::Later(pause) if pause.stop));
            assert!(matches!(judge(error, false), Outcome::InDoubt(pause) if pause.stop));
        }
        let doubt = GatewayError::Unknown(Doubt::Status { status: 500, request_id: None });
        assert!(matches!(judge(doubt, true), Outcome::InDoubt(_)));
    }
}
