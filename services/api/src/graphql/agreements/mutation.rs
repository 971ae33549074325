//! Adopting a version.

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use kernel::{AgreementVersionId, Permission};
use orders::NewVersion;

use super::{agreement::AgreementVersion, trial::AgreementDraftInput};
use crate::graphql::{
    base::{Answer, Asking as _, Failure, payload},
    once::once,
};

/// What adopting a version takes.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AdoptAgreementInput {
    /// The agreement. A name that exists in the layer gets its next version.
    agreement: AgreementDraftInput,
    /// The vote that adopted it; the name of whoever asks when nothing is said.
    adopted_by: Option<String>,
    /// From when sales are made under it; from now on when nothing is said.
    effective_from: Option<DateTime<Utc>>,
}

payload! {
    /// What came of adopting an agreement.
    AdoptAgreementPayload {
        /// The version, which never changes.
        version: AgreementVersion
    }
}

#[derive(Debug, Default)]
pub(crate) struct AgreementMutation;

#[Object]
impl AgreementMutation {
    /// Adopts a version of an agreement; sales that were made before keep theirs. Takes a second factor that was shown a
    /// few minutes ago at most.
    async fn adopt_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Names this wish: the same again adopts nothing more.")] idempotency_key: String,
        #[graphql(desc = "What is adopted.")] input: AdoptAgreementInput,
    ) -> Answer<AdoptAgreementPayload> {
        AdoptAgreementPayload::of(async {
            let (actor, person) = ctx.actor_with_fresh_factor(Permission::AgreementsWrite)?;
            let problems = input.agreement.faults();
            if !problems.is_empty() {
                return Err(Failure::Refused(problems));
            }
            let body = input.agreement.read()?;
            let layer: splits::Layer = input.agreement.layer.into();
            let asked = (layer, &body, &input.adopted_by, input.effective_from);
            let version: i64 = once(ctx, actor, ("adoptAgreement", &idempotency_key), &asked, async |claim| {
                let by = match &input.adopted_by {
                    Some(vote) => Some(vote.clone()),
                    None => ctx.loaders()?.load(person).await?,
                };
                let effective_from = input.effective_from.unwrap_or_else(|| ctx.house().clock.now());
                let tx = db::begin(&ctx.house().db, actor.coop).await?;
                let new = NewVersion { layer, name: &body.name, body: &body, adopted_by: by.as_deref(), effective_from };
                let adopted = orders::adopt(&tx, actor.coop, new).await?.version.0;
                // In the same transaction: a version has no id of its own making by which a second try would find it
                claim.answered(&tx, actor.coop, &adopted).await?;
                tx.commit().await?;
                Ok(adopted)
            })
            .await?;
            let tx = ctx.reading().await?;
            let found = orders::versions_by_id(&tx, actor.coop, &[AgreementVersionId(version)]).await?.pop();
            tx.commit().await?;
            found.map(AgreementVersion).ok_or_else(|| Failure::fault("an adopted version is there"))
        })
        .await
    }
}
