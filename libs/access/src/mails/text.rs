//! What the letters say. Links carry their token behind a `#`: browsers keep that part to themselves, so it stays out of
//! the logs of servers.

use std::{fmt::Write as _, net::IpAddr};

use chrono::{DateTime, Utc};

use super::Event;

/// A subject, and what follows the greeting.
pub(super) struct Text {
    pub(super) subject: String,
    body: String,
}

impl Text {
    fn new(subject: &str, body: String) -> Self {
        Self { subject: subject.to_owned(), body }
    }

    /// The whole letter. Somebody who is not known is greeted without the name that was typed: it may be anybody's words.
    pub(super) fn greeted(&self, name: &str) -> String {
        let greeting = if name.is_empty() { "Hello".to_owned() } else { format!("Dear {name}") };
        format!("{greeting},\n\n{}\n", self.body)
    }
}

pub(super) fn confirm(origin: &str, token: &str) -> Text {
    let body = format!(
        "somebody, we think you, signed up with this address. To confirm that it is yours, open\n\n  {origin}/verify-email#token={token}\n\n\
         within a day. If it was not you, do nothing: without this link nothing comes of it."
    );
    Text::new("Confirm your address", body)
}

pub(super) fn confirm_change(origin: &str, token: &str) -> Text {
    let body = format!(
        "you want letters to come to this address from now on. To confirm that it is yours, open\n\n  {origin}/verify-email#token={token}\n\n\
         within a day. If it was not you, do nothing: without this link nothing changes."
    );
    Text::new("Confirm your new address", body)
}

pub(super) fn has_account(origin: &str) -> Text {
    let body = format!(
        "somebody, perhaps you, wanted to use this address for an account. You have one already: sign in at\n\n  {origin}/sign-in\n\n\
         and if you do not know the password any more, set a new one there. If it was not you, do nothing: nobody was let in."
    );
    Text::new("You have an account already", body)
}

pub(super) fn reset(origin: &str, token: &str) -> Text {
    let body = format!(
        "somebody, we think you, forgot the password of this address. To choose a new one, open\n\n  {origin}/reset-password#token={token}\n\n\
         within an hour. Every device is then signed out. If it was not you, do nothing: your password stays as it is."
    );
    Text::new("Choose a new password", body)
}

pub(super) fn news(origin: &str, event: Event, at: DateTime<Utc>, device: Option<&str>, from: Option<IpAddr>) -> Text {
    let (subject, what) = match event {
        Event::NewDevice => ("A new device signed in", "a device that you had not used before signed in to your account."),
        Event::Reuse => (
            "A session was ended",
            "a key to one of your sessions was shown twice. Somebody may have copied it, so that session has ended: on that device you have to \
             sign in again.",
        ),
        Event::PasswordChanged => ("Your password was changed", "your password was changed, and every other device was signed out."),
        Event::PasswordReset => {
            ("Your password was set anew", "your password was set anew by a link in a letter, and every device was signed out.")
        }
        Event::EmailChanged => {
            ("Your address was changed", "letters go to another address from now on. This is the last one to this address.")
        }
        Event::TotpAdded => ("An authenticator app was added", "an authenticator app was added to your account."),
        Event::TotpRemoved => ("Your authenticator app was removed", "the authenticator app was removed from your account."),
        Event::PasskeyAdded => ("A passkey was added", "a passkey was added to your account."),
        Event::PasskeyRemoved => ("A passkey was removed", "a passkey was removed from your account."),
        Event::RecoveryCodeUsed => ("A recovery code was used", "one of your recovery codes was used in place of a second factor."),
        Event::RecoveryCodesMade => {
            ("New recovery codes were made", "new recovery codes were made; the old ones are worth nothing any more.")
        }
    };
    let mut body = format!("{what}\n\n  when  {}\n", at.format("%-d %B %Y, %H:%M UTC"));
    if let Some(device) = device {
        let _ = writeln!(body, "  with  {device}");
    }
    if let Some(from) = from {
        let _ = writeln!(body, "  from  {from}");
    }
    let _ = write!(
        body,
        "\nIf it was you, there is nothing to do. If not, choose a new password at once and look at your devices:\n\n  {origin}/security"
    );
    Text::new(subject, body)
}
