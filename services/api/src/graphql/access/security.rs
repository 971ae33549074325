//! What somebody who is signed in does about their own door.

use ::access::{Enrolled, Enrolment, PasskeyId};
use async_graphql::{Context, ID, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::SessionId;
use serde_json::Value;
use uuid::Uuid;

use super::{
    person::{PASSKEY, SESSION},
    signed,
    signing_in::{FactorInput, PasskeyCeremony, not_shown},
    visitor,
};
use crate::graphql::base::{Answer, payload};

/// An access token that says that a second factor was shown just now.
#[derive(SimpleObject)]
pub(crate) struct SteppedUp {
    /// For `Authorization: Bearer …`, in place of the one before.
    access_token: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// New recovery codes when this was the first second factor, else none. They are shown here and never again.
    recovery_codes: Vec<String>,
}

/// An authenticator app that is being added.
#[derive(SimpleObject)]
pub(crate) struct TotpEnrolment {
    /// The shared secret, for those who type it.
    secret: String,
    /// The same as apps scan it.
    url: String,
}

not_shown!(SteppedUp, TotpEnrolment);

impl From<Enrolled> for SteppedUp {
    fn from(enrolled: Enrolled) -> Self {
        Self { access_token: enrolled.access_token, expires_at: enrolled.expires_at, recovery_codes: enrolled.recovery_codes }
    }
}

impl From<Enrolment> for TotpEnrolment {
    fn from(enrolment: Enrolment) -> Self {
        Self { secret: enrolment.secret, url: enrolment.url }
    }
}

payload! {
    /// What came of signing out.
    SignOutPayload {
        /// True: the session has ended.
        signed_out: bool
    }
}
payload! {
    /// What came of ending a session.
    RevokeSessionPayload {
        /// True: it has ended; within seconds nobody gets in by it.
        revoked: bool
    }
}
payload! {
    /// What came of ending the other sessions.
    RevokeOtherSessionsPayload {
        /// How many there were.
        revoked: i32
    }
}
payload! {
    /// What came of changing the password.
    ChangePasswordPayload {
        /// True: it is changed, and the other devices are signed out.
        changed: bool
    }
}
payload! {
    /// What came of wanting another address.
    ChangeEmailPayload {
        /// True: a letter is on its way to the new address.
        letter_sent: bool
    }
}
payload! {
    /// What came of beginning to add an authenticator app.
    EnrolTotpPayload {
        /// What the app is told.
        enrolment: TotpEnrolment
    }
}
payload! {
    /// What came of the first code of an authenticator app.
    ConfirmTotpPayload {
        /// It is added.
        stepped_up: SteppedUp
    }
}
payload! {
    /// What came of removing the authenticator app.
    RemoveTotpPayload {
        /// True: it is gone.
        removed: bool
    }
}
payload! {
    /// What came of asking for new recovery codes.
    RegenerateRecoveryCodesPayload {
        /// The codes. They are shown here and never again.
        recovery_codes: Vec<String>
    }
}
payload! {
    /// What came of beginning to add a passkey.
    StartPasskeyRegistrationPayload {
        /// What the authenticator is asked.
        ceremony: PasskeyCeremony
    }
}
payload! {
    /// What came of adding a passkey.
    FinishPasskeyRegistrationPayload {
        /// It is added.
        stepped_up: SteppedUp
    }
}
payload! {
    /// What came of removing a passkey.
    RemovePasskeyPayload {
        /// True: it is gone.
        removed: bool
    }
}
payload! {
    /// What came of asking for a passkey as second factor.
    StartPasskeyFactorPayload {
        /// What the passkey is asked.
        ceremony: PasskeyCeremony
    }
}
payload! {
    /// What came of showing a second factor.
    ShowFactorPayload {
        /// It was right.
        stepped_up: SteppedUp
    }
}

/// Sessions, password and address.
#[derive(Debug, Default)]
pub(crate) struct Security;

/// Sessions, password and address.
#[Object]
impl Security {
    /// Ends this session.
    async fn sign_out(&self, ctx: &Context<'_>) -> Answer<SignOutPayload> {
        SignOutPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.sign_out(signed).await?;
            Ok(true)
        })
        .await
    }

    /// Ends one of one's sessions.
    async fn revoke_session(&self, ctx: &Context<'_>, #[graphql(desc = "Which session.")] id: ID) -> Answer<RevokeSessionPayload> {
        RevokeSessionPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.revoke(signed, SessionId(SESSION.key(&id)?)).await?;
            Ok(true)
        })
        .await
    }

    /// Ends every session but this one.
    async fn revoke_other_sessions(&self, ctx: &Context<'_>) -> Answer<RevokeOtherSessionsPayload> {
        RevokeOtherSessionsPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(i32::try_from(door.revoke_others(signed).await?).unwrap_or(i32::MAX))
        })
        .await
    }

    /// Changes the password and signs the other devices out. Whoever has a second factor has shown it lately.
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present password.")] present: String,
        #[graphql(desc = "The new one: 10 to 200 characters.")] new: String,
    ) -> Answer<ChangePasswordPayload> {
        ChangePasswordPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.change_password(signed, &present, &new).await?;
            Ok(true)
        })
        .await
    }

    /// Has a letter sent to a new address; following its link makes it theirs. Whoever has a second factor has shown it
    /// lately.
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password.")] password: String,
        #[graphql(desc = "The new address.")] email: String,
    ) -> Answer<ChangeEmailPayload> {
        ChangeEmailPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.change_email(&visitor(ctx), signed, &password, &email).await?;
            Ok(true)
        })
        .await
    }
}

/// Second factors.
#[derive(Debug, Default)]
pub(crate) struct Factors;

/// Second factors.
#[Object]
impl Factors {
    /// Begins to add an authenticator app. Takes the password, or a fresh second factor of whoever has one.
    async fn enrol_totp(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password; not looked at when there is a second factor.")] password: String,
    ) -> Answer<EnrolTotpPayload> {
        EnrolTotpPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.enrol_totp(signed, &password).await?.into())
        })
        .await
    }

    /// Adds the authenticator app by its first code. From now on a password alone lets nobody in.
    async fn confirm_totp(&self, ctx: &Context<'_>, #[graphql(desc = "The six digits.")] code: String) -> Answer<ConfirmTotpPayload> {
        ConfirmTotpPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.confirm_totp(signed, &code).await?.into())
        })
        .await
    }

    /// Removes the authenticator app. Takes a fresh second factor.
    async fn remove_totp(&self, ctx: &Context<'_>) -> Answer<RemoveTotpPayload> {
        RemoveTotpPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.remove_totp(signed).await?;
            Ok(true)
        })
        .await
    }

    /// Makes new recovery codes in place of the old ones. Takes a fresh second factor.
    async fn regenerate_recovery_codes(&self, ctx: &Context<'_>) -> Answer<RegenerateRecoveryCodesPayload> {
        RegenerateRecoveryCodesPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.regenerate_recovery_codes(signed).await?)
        })
        .await
    }

    /// Begins to add a passkey. Takes the password, or a fresh second factor of whoever has one.
    async fn start_passkey_registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password; not looked at when there is a second factor.")] password: String,
    ) -> Answer<StartPasskeyRegistrationPayload> {
        StartPasskeyRegistrationPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.start_passkey_registration(signed, &password).await?.into())
        })
        .await
    }

    /// Adds the passkey that was made. From now on a password alone lets nobody in.
    async fn finish_passkey_registration(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question that is answered.")] ceremony: Uuid,
        #[graphql(desc = "What its owner calls it.")] name: String,
        #[graphql(desc = "What `navigator.credentials.create` gave, as JSON.")] credential: Json<Value>,
    ) -> Answer<FinishPasskeyRegistrationPayload> {
        FinishPasskeyRegistrationPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.finish_passkey_registration(signed, ceremony, &name, &credential.0).await?.into())
        })
        .await
    }

    /// Removes a passkey. Takes a fresh second factor.
    async fn remove_passkey(&self, ctx: &Context<'_>, #[graphql(desc = "Which passkey.")] id: ID) -> Answer<RemovePasskeyPayload> {
        RemovePasskeyPayload::of(async {
            let (door, signed) = signed(ctx)?;
            door.remove_passkey(signed, PasskeyId(PASSKEY.key(&id)?)).await?;
            Ok(true)
        })
        .await
    }

    /// Asks for a passkey as the second factor that `showFactor` takes.
    async fn start_passkey_factor(&self, ctx: &Context<'_>) -> Answer<StartPasskeyFactorPayload> {
        StartPasskeyFactorPayload::of(async {
            let (door, signed) = signed(ctx)?;
            Ok(door.start_passkey_factor(signed).await?.into())
        })
        .await
    }

    /// Shows a second factor again, for what takes a fresh one: payouts, agreements, keys, this door.
    async fn show_factor(&self, ctx: &Context<'_>, #[graphql(desc = "What is shown.")] factor: FactorInput) -> Answer<ShowFactorPayload> {
        ShowFactorPayload::of(async {
            let (door, signed) = signed(ctx)?;
            let (_, access_token, expires_at) = door.show_factor(&visitor(ctx), signed, &factor.into()).await?;
            Ok(SteppedUp { access_token, expires_at, recovery_codes: Vec::new() })
        })
        .await
    }
}
