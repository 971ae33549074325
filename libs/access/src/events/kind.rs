//! What can happen at a door.

use sea_orm::DbErr;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Somebody signed in on a device that was used before.
    SignedIn,
    /// Somebody signed in on a new device.
    NewDevice,
    /// A wrong password was shown.
    PasswordWrong,
    /// The password was right and the second factor was not, or a factor was shown again and was not right.
    FactorWrong,
    /// A spent refresh token was shown: the session ended.
    Reuse,
    /// The password was changed.
    PasswordChanged,
    /// The password was reset by a letter.
    PasswordReset,
    /// The address is another.
    EmailChanged,
    /// An authenticator app was added.
    TotpAdded,
    /// The authenticator app was removed.
    TotpRemoved,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A recovery code was used in place of a second factor.
    RecoveryCodeUsed,
    /// New recovery codes were made.
    RecoveryCodesMade,
}

impl EventKind {
    const ALL: [Self; 14] = [
        Self::SignedIn,
        Self::NewDevice,
        Self::PasswordWrong,
        Self::FactorWrong,
        Self::Reuse,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::EmailChanged,
        Self::TotpAdded,
        Self::TotpRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesMade,
    ];

    /// Its name in the database.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::NewDevice => "new_device",
            Self::PasswordWrong => "password_wrong",
            Self::FactorWrong => "factor_wrong",
            Self::Reuse => "reuse",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::EmailChanged => "email_changed",
            Self::TotpAdded => "totp_added",
            Self::TotpRemoved => "totp_removed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::RecoveryCodesMade => "recovery_codes_made",
        }
    }

    pub(super) fn parse(name: &str) -> Result<Self, DbErr> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| DbErr::Type(format!("nothing like {name:?} happens at a door")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::parse(kind.name()).unwrap(), kind);
        }
        assert!(EventKind::parse("tea").is_err());
    }
}
