//! Trying an agreement out before anybody adopts it: on a made-up sale, and on those of the last days.

use async_graphql::{Context, ID, InputObject, Json, Object, SimpleObject};
use chrono::TimeDelta;
use kernel::{Code, Currency, PartyId, Permission};
use orders::{DraftAgreement, MAX_SIMULATED, Simulation};
use splits::{Facts, Owner, Recipient, Stack, Terms};

use super::AgreementLayer;
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, Failure, Money, Problem, at},
    parties::{self, Party},
};

/// The most days that a simulation looks back.
const MAX_DAYS: i32 = 366;

/// An agreement that is not adopted.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct AgreementDraftInput {
    /// Where it lies among the others.
    pub(super) layer: AgreementLayer,
    /// Its name and steps, as `guildhall schema` describes agreements.
    pub(super) body: Json<serde_json::Value>,
}

impl AgreementDraftInput {
    /// The agreement, when it reads as one; whether its steps make sense is asked later.
    pub(super) fn read(&self) -> Answer<splits::Agreement> {
        let read = serde_path_to_error::deserialize(&self.body.0);
        read.map_err(|error| {
            let path: Vec<String> = error.path().iter().map(ToString::to_string).collect();
            let path: Vec<&str> = ["agreement", "body"].into_iter().chain(path.iter().map(String::as_str)).collect();
            at(&path, Code::InvalidInput, error.inner().to_string())
        })
    }

    /// Every fault of its steps, each with its place.
    pub(super) fn faults(&self) -> Vec<Problem> {
        match self.read() {
            Ok(body) => body.validate(self.layer.into()).err().map(faults).unwrap_or_default(),
            Err(failure) => failure.into_problems().unwrap_or_default(),
        }
    }
}

/// What is wrong with an agreement, step by step.
pub(super) fn faults(problems: splits::Problems) -> Vec<Problem> {
    let told = |problem: splits::Problem| {
        let mut path = vec!["agreement".to_owned(), "body".to_owned()];
        if let Some(step) = problem.step.filter(|step| *step > 0) {
            path.extend(["steps".to_owned(), (step - 1).to_string()]);
        }
        Problem { code: Code::InvalidInput.into(), message: problem.to_string(), path }
    };
    problems.0.into_iter().map(told).collect()
}

/// A line of a sale that was never made.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct SampleLineInput {
    /// What the buyer pays for it, in minor units of the co-op's currency.
    gross: BigInt,
    /// The tax inside.
    tax: Option<BigInt>,
    /// The processor's fee on it.
    processor_fee: Option<BigInt>,
    /// What was taken off the list price.
    discount: Option<BigInt>,
    /// Whose lots are sold: a unit of each.
    owners: Vec<ID>,
    /// The venue it is sold at.
    venue: Option<ID>,
    /// The affiliate whose code it carries.
    affiliate: Option<ID>,
}

/// What an agreement gives whom of a made-up sale.
#[derive(Debug, SimpleObject)]
pub(crate) struct AgreementPreview {
    /// Who gets what; they sum to what was paid.
    shares: Vec<PreviewShare>,
    /// Every step, as a sentence.
    steps: Vec<String>,
    /// What is wrong with the agreement; then nothing is shared.
    problems: Vec<Problem>,
}

/// A part for one recipient.
#[derive(Debug, SimpleObject)]
pub(crate) struct PreviewShare {
    /// Who; null for tax and the processor.
    party: Option<Party>,
    /// What it is called where it is no party.
    to: String,
    /// How much.
    amount: Money,
}

/// What an agreement would have changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct AgreementSimulation {
    /// How many sale lines were run.
    lines: i32,
    /// Whether there were more than are run at once; then the latest were.
    is_cut: bool,
    /// What each party got and would have got.
    changes: Vec<SimulatedChange>,
    /// How many lines the draft cannot share.
    faulty_lines: i32,
    /// Some of them, with why.
    faults: Vec<SimulatedFault>,
    /// What is wrong with the agreement; then nothing is run.
    problems: Vec<Problem>,
}

/// What a party got, and would have got by the draft.
#[derive(Debug, SimpleObject)]
pub(crate) struct SimulatedChange {
    /// Who.
    party: Option<Party>,
    /// As booked.
    was: Money,
    /// By the draft.
    would_be: Money,
    /// The difference.
    change: Money,
}

/// A line that the draft cannot share.
#[derive(Debug, SimpleObject)]
pub(crate) struct SimulatedFault {
    /// The sale.
    sale_id: ID,
    /// The line's number.
    line: i32,
    /// Why not.
    message: String,
}

#[derive(Debug, Default)]
pub(crate) struct TrialQuery;

#[Object]
impl TrialQuery {
    /// What is wrong with an agreement, step by step; empty when it can be adopted.
    async fn validate_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement.")] agreement: AgreementDraftInput,
    ) -> Answer<Vec<Problem>> {
        ctx.actor_who_may(Permission::AgreementsRead)?;
        Ok(agreement.faults())
    }

    /// What an agreement gives whom of a made-up sale line.
    #[graphql(complexity = "50 + child_complexity")]
    async fn preview_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement, alone: as if no other lay over it.")] agreement: AgreementDraftInput,
        #[graphql(desc = "The line.")] line: SampleLineInput,
    ) -> Answer<AgreementPreview> {
        ctx.actor_who_may(Permission::AgreementsRead)?;
        let stack =
            agreement.read().and_then(|body| Stack::of([(agreement.layer.into(), body)]).map_err(|wrong| Failure::Refused(faults(wrong))));
        let shared = match stack {
            Ok(stack) => {
                let facts = facts(ctx, &line).await?;
                splits::allocate(&stack, &facts).map_err(|error| Failure::from(error.refusal()))
            }
            Err(failure) => Err(failure),
        };
        match shared {
            Ok(allocation) => previewed(ctx, &allocation).await,
            Err(failure) => Ok(AgreementPreview { shares: Vec::new(), steps: Vec::new(), problems: failure.into_problems()? }),
        }
    }

    /// What an agreement would have changed for each party, had the sales of the last days been made under it. Nothing
    /// is written.
    #[graphql(complexity = "2000 + 50 * child_complexity")]
    async fn simulate_agreement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The agreement. It takes the place of the one in its layer.")] agreement: AgreementDraftInput,
        #[graphql(desc = "How many days back, at most 366.", default = 30)] days: i32,
    ) -> Answer<AgreementSimulation> {
        // What everybody got is in the answer
        let actor = ctx.actor_who_may(Permission::AgreementsRead)?;
        actor.require(Permission::SalesRead)?;
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(at(&["days"], Code::InvalidInput, format!("days are 1 to {MAX_DAYS}")));
        }
        let problems = agreement.faults();
        if !problems.is_empty() {
            return simulated(ctx, Simulation::default(), problems).await;
        }
        let body = agreement.read()?;
        let draft = DraftAgreement { layer: agreement.layer.into(), name: body.name.clone(), body };
        let since = ctx.house().clock.now() - TimeDelta::days(days.into());
        let tx = ctx.reading().await?;
        let told = orders::simulate(&tx, actor.coop, &draft, since).await?;
        tx.commit().await?;
        simulated(ctx, told, Vec::new()).await
    }
}

async fn facts(ctx: &Context<'_>, line: &SampleLineInput) -> Answer<Facts> {
    let coop = ctx.coop()?;
    let tx = ctx.reading().await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    let own = parties
        .iter()
        .find(|party| party.kind == identity::PartyKind::Coop)
        .ok_or_else(|| Failure::fault("a co-op has a party of its own"))?;
    let known = |id: &ID| -> Answer<PartyId> {
        let key = PartyId(parties::KIND.key(id)?);
        if parties.iter().any(|party| party.id == key) { Ok(key) } else { Err(parties::KIND.missing(id).into()) }
    };
    let minor = |amount: Option<BigInt>| amount.map_or(0, |amount| amount.0);
    let owners =
        line.owners.iter().map(|id| Ok(Owner { party: known(id)?, terms: Terms::Share, quantity: 1 })).collect::<Answer<Vec<Owner>>>()?;
    let units = i64::try_from(owners.len().max(1)).unwrap_or(i64::MAX);
    let mut facts = Facts::of(coop.currency, line.gross.0, units, ctx.house().clock.now(), own.id);
    (facts.tax, facts.processor_fee, facts.discount) = (minor(line.tax), minor(line.processor_fee), minor(line.discount));
    facts.bindings.venue = line.venue.as_ref().map(known).transpose()?;
    facts.bindings.affiliate = line.affiliate.as_ref().map(known).transpose()?;
    facts.owners = owners;
    Ok(facts)
}

async fn previewed(ctx: &Context<'_>, allocation: &splits::Allocation) -> Answer<AgreementPreview> {
    // All at once, so that the loader reads them in one statement
    let shares =
        async_graphql::futures_util::future::try_join_all(allocation.legs.iter().map(|leg| share(ctx, leg, allocation.currency))).await?;
    let steps = allocation.trace.iter().map(|step| step.explained(allocation.currency)).collect();
    Ok(AgreementPreview { shares, steps, problems: Vec::new() })
}

async fn share(ctx: &Context<'_>, leg: &splits::Leg, currency: Currency) -> Answer<PreviewShare> {
    let party = match leg.to.party() {
        Some(party) => Party::load(ctx, party).await?,
        None => None,
    };
    let to = match leg.to {
        Recipient::Party(id) => party.as_ref().map_or_else(|| id.to_string(), |party| party.0.name.clone()),
        Recipient::Tax => "tax".to_owned(),
        Recipient::Processor => "processor".to_owned(),
    };
    Ok(PreviewShare { party, to, amount: Money::of(leg.amount, currency) })
}

async fn simulated(ctx: &Context<'_>, told: Simulation, problems: Vec<Problem>) -> Answer<AgreementSimulation> {
    let loaded = told.changes.iter().map(|((currency, party), change)| changed(ctx, *currency, *party, *change));
    let changes = async_graphql::futures_util::future::try_join_all(loaded).await?;
    let small = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    debug_assert!(told.lines <= usize::try_from(MAX_SIMULATED).unwrap_or(usize::MAX), "no more lines are run than may be");
    Ok(AgreementSimulation {
        lines: small(told.lines),
        is_cut: told.is_cut,
        changes,
        faulty_lines: small(told.faulty),
        faults: told
            .faults
            .into_iter()
            .map(|(sale, line, message)| SimulatedFault { sale_id: crate::graphql::sales::KIND.id(sale), line: line.into(), message })
            .collect(),
        problems,
    })
}

async fn changed(ctx: &Context<'_>, currency: Currency, party: PartyId, change: orders::Change) -> Answer<SimulatedChange> {
    Ok(SimulatedChange {
        party: Party::load(ctx, party).await?,
        was: Money::of(change.was, currency),
        would_be: Money::of(change.would_be, currency),
        change: Money::of(change.would_be - change.was, currency),
    })
}
