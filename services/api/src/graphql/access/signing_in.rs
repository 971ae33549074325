//! What whoever is not signed in yet can do.

use ::access::{Ceremony, Challenge, Factor, Grant, NewPerson, SignIn};
use async_graphql::{Context, InputObject, Json, Object, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::{door, visitor};
use crate::graphql::base::{Answer, payload};

/// Who signs up.
#[derive(InputObject)]
pub(crate) struct SignUpInput {
    /// Their name.
    name: String,
    /// Their mail address, which is confirmed by a letter.
    email: String,
    /// Their password: 10 to 200 characters.
    password: String,
}

/// A second factor: exactly one of these.
#[derive(OneofObject)]
pub(crate) enum FactorInput {
    /// The six digits that an authenticator app shows.
    Totp(String),
    /// A recovery code.
    RecoveryCode(String),
    /// What a passkey signed.
    Passkey(PasskeyAnswer),
}

/// What a passkey signed.
#[derive(InputObject)]
pub(crate) struct PasskeyAnswer {
    /// The ceremony that asked for it; null when a challenge did.
    ceremony: Option<Uuid>,
    /// What `navigator.credentials.get` gave, as JSON.
    credential: Json<Value>,
}

impl From<FactorInput> for Factor {
    fn from(shown: FactorInput) -> Self {
        match shown {
            FactorInput::Totp(code) => Self::Totp(code),
            FactorInput::RecoveryCode(code) => Self::RecoveryCode(code),
            FactorInput::Passkey(answer) => Self::Passkey { ceremony: answer.ceremony.unwrap_or_default(), signed: answer.credential.0 },
        }
    }
}

/// What lets somebody in.
#[derive(SimpleObject)]
pub(crate) struct Tokens {
    /// For `Authorization: Bearer …`, for ten minutes.
    access_token: String,
    /// Until when the access token is good.
    expires_at: DateTime<Utc>,
    /// For `refreshSession`, once.
    refresh_token: String,
}

/// Where a right password leads: to tokens, or to a challenge.
#[derive(SimpleObject)]
pub(crate) struct SignedIn {
    /// They are in; null while a second factor is to be shown.
    tokens: Option<Tokens>,
    /// They have a second factor and show it next.
    challenge: Option<SignInChallenge>,
}

/// A sign-in that waits for a second factor.
#[derive(SimpleObject)]
pub(crate) struct SignInChallenge {
    /// Names it, for `answerChallenge`.
    token: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// Whether a code of an authenticator app answers it.
    takes_totp: bool,
    /// What a passkey is asked, for `navigator.credentials.get`; null without one.
    passkey_options: Option<Json<Value>>,
}

/// What a passkey is asked.
#[derive(SimpleObject)]
pub(crate) struct PasskeyCeremony {
    /// Goes with the answer.
    id: Uuid,
    /// For `navigator.credentials.create` or `get`.
    options: Json<Value>,
    /// Until when an answer is expected.
    expires_at: DateTime<Utc>,
}

impl From<Grant> for Tokens {
    fn from(grant: Grant) -> Self {
        Self { access_token: grant.access_token, expires_at: grant.expires_at, refresh_token: grant.refresh_token }
    }
}

impl From<Challenge> for SignInChallenge {
    fn from(challenge: Challenge) -> Self {
        let Challenge { token, expires_at, takes_totp, passkey_options } = challenge;
        Self { token, expires_at, takes_totp, passkey_options: passkey_options.map(Json) }
    }
}

impl From<SignIn> for SignedIn {
    fn from(outcome: SignIn) -> Self {
        match outcome {
            SignIn::Done(grant) => Self { tokens: Some(grant.into()), challenge: None },
            SignIn::Challenge(challenge) => Self { tokens: None, challenge: Some(challenge.into()) },
        }
    }
}

impl From<Ceremony> for PasskeyCeremony {
    fn from(ceremony: Ceremony) -> Self {
        Self { id: ceremony.id, options: Json(ceremony.options), expires_at: ceremony.expires_at }
    }
}

/// Tokens, challenges and passwords are nothing that a log or a panic may show.
macro_rules! not_shown {
    ($($type:ident),+) => {$(
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(…)"))
            }
        }
    )+};
}
pub(super) use not_shown;

not_shown!(SignUpInput, FactorInput, PasskeyAnswer, Tokens, SignedIn, SignInChallenge, PasskeyCeremony);

payload! {
    /// What came of signing up.
    SignUpPayload {
        /// True: a letter is on its way, whether or not the address is known.
        letter_sent: bool
    }
}
payload! {
    /// What came of following the link of a letter.
    VerifyEmailPayload {
        /// True: the address is confirmed.
        verified: bool
    }
}
payload! {
    /// What came of signing in with a password.
    SignInPayload {
        /// Tokens, or the challenge to show a second factor.
        signed_in: SignedIn
    }
}
payload! {
    /// What came of answering a challenge.
    AnswerChallengePayload {
        /// They are in.
        tokens: Tokens
    }
}
payload! {
    /// What came of asking for the next tokens.
    RefreshSessionPayload {
        /// The next tokens.
        tokens: Tokens
    }
}
payload! {
    /// What came of asking for a new password.
    RequestPasswordResetPayload {
        /// True: a letter is on its way if somebody has that address.
        letter_sent: bool
    }
}
payload! {
    /// What came of setting a new password.
    ResetPasswordPayload {
        /// True: it is set, and every device is signed out.
        reset: bool
    }
}
payload! {
    /// What came of asking a passkey.
    StartPasskeySignInPayload {
        /// The question.
        ceremony: PasskeyCeremony
    }
}
payload! {
    /// What came of signing in with a passkey.
    FinishPasskeySignInPayload {
        /// They are in.
        tokens: Tokens
    }
}

#[derive(Debug, Default)]
pub(crate) struct SigningIn;

#[Object]
impl SigningIn {
    /// Has a letter sent whose link makes the account. The answer is the same when the address has one already.
    async fn sign_up(&self, ctx: &Context<'_>, #[graphql(desc = "Who signs up.")] input: SignUpInput) -> Answer<SignUpPayload> {
        SignUpPayload::of(async {
            let new = NewPerson { name: input.name, email: input.email, password: input.password };
            door(ctx)?.sign_up(&visitor(ctx), &new).await?;
            Ok(true)
        })
        .await
    }

    /// Follows the link of a letter: makes the account, or gives it its new address. A link counts once.
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the link carries.")] token: String,
    ) -> Answer<VerifyEmailPayload> {
        VerifyEmailPayload::of(async {
            door(ctx)?.verify_email(&visitor(ctx), &token).await?;
            Ok(true)
        })
        .await
    }

    /// Signs in with a password. Whoever has a second factor shows it next.
    async fn sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mail address.")] email: String,
        #[graphql(desc = "The password.")] password: String,
    ) -> Answer<SignInPayload> {
        SignInPayload::of(async { Ok(door(ctx)?.sign_in(&visitor(ctx), &email, &password).await?.into()) }).await
    }

    /// Shows the second factor that a sign-in waits for. A challenge bears five tries and counts once.
    async fn answer_challenge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The challenge.")] token: String,
        #[graphql(desc = "What is shown.")] factor: FactorInput,
    ) -> Answer<AnswerChallengePayload> {
        AnswerChallengePayload::of(async { Ok(door(ctx)?.answer_challenge(&visitor(ctx), &token, &factor.into()).await?.into()) }).await
    }

    /// The next tokens of a session. A refresh token counts once; a spent one ends the session for everyone.
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The present refresh token.")] refresh_token: String,
    ) -> Answer<RefreshSessionPayload> {
        RefreshSessionPayload::of(async { Ok(door(ctx)?.refresh(&visitor(ctx), &refresh_token).await?.into()) }).await
    }

    /// Has a letter sent whose link sets a new password. The answer is the same when nobody has that address.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mail address.")] email: String,
    ) -> Answer<RequestPasswordResetPayload> {
        RequestPasswordResetPayload::of(async {
            door(ctx)?.request_password_reset(&visitor(ctx), &email).await?;
            Ok(true)
        })
        .await
    }

    /// Sets a new password by the link of a letter, and signs every device out. A link counts once.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the link carries.")] token: String,
        #[graphql(desc = "The new password: 10 to 200 characters.")] password: String,
    ) -> Answer<ResetPasswordPayload> {
        ResetPasswordPayload::of(async {
            door(ctx)?.reset_password(&visitor(ctx), &token, &password).await?;
            Ok(true)
        })
        .await
    }

    /// Asks whoever is there for a passkey; nobody types who they are.
    async fn start_passkey_sign_in(&self, ctx: &Context<'_>) -> Answer<StartPasskeySignInPayload> {
        StartPasskeySignInPayload::of(async { Ok(door(ctx)?.start_passkey_sign_in(&visitor(ctx)).await?.into()) }).await
    }

    /// Signs in with a passkey. It is password and second factor in one.
    async fn finish_passkey_sign_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question that is answered.")] ceremony: Uuid,
        #[graphql(desc = "What `navigator.credentials.get` gave, as JSON.")] credential: Json<Value>,
    ) -> Answer<FinishPasskeySignInPayload> {
        FinishPasskeySignInPayload::of(async {
            Ok(door(ctx)?.finish_passkey_sign_in(&visitor(ctx), ceremony, &credential.0).await?.into())
        })
        .await
    }
}
