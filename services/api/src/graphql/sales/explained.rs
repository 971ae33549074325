//! "Why did I get 7.31?", as the graph tells it. A member sees their own share in a sale that others have a part in; the steps show everybody's, because
//! the agreement is everybody's.

use async_graphql::{Context, ID, SimpleObject};
use chrono::{DateTime, Utc};
use kernel::{Currency, SaleId};
use statements::{PartExplained, PostingExplained, SaleExplained, SaleLineExplained, Sharing, StepExplained, StripeIds};

use crate::graphql::{
    agreements,
    base::{Answer, Asking as _, Money},
    parties,
};

/// Each cent's way through a sale, as it was stored when it happened.
#[derive(Debug, SimpleObject)]
pub(crate) struct SaleExplanation {
    /// The processor's fee, once known.
    fee: Option<Money>,
    /// Units of the shares' currency per unit of the buyer's, when money changed currency.
    exchange_rate: Option<String>,
    /// Its lines.
    lines: Vec<LineExplanation>,
    /// Everything that was posted for it, in the order of the books.
    postings: Vec<PostingExplanation>,
    /// What Stripe calls what belongs to it.
    stripe: StripeReferences,
    /// All of it in words, as `guildhall explain` prints it.
    text: String,
}

/// A line of a sale, and who got what of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct LineExplanation {
    /// Its number, from 1.
    number: i32,
    /// What was sold.
    sku: String,
    /// In words.
    description: String,
    /// Units.
    quantity: i32,
    /// What the buyer paid for it.
    amount: Money,
    /// The tax inside.
    tax: Money,
    /// What was taken off the list price.
    discount: Money,
    /// The agreement versions it was sold under, outermost first.
    agreements: Vec<AgreementReference>,
    /// Who got what; empty while it is not settled.
    shares: Vec<ShareExplanation>,
    /// Every step, in order; empty while it is not settled.
    steps: Vec<StepExplanation>,
}

/// An agreement's version that a line was sold under.
#[derive(Debug, SimpleObject)]
pub(crate) struct AgreementReference {
    /// The version's id.
    version_id: ID,
    /// The agreement.
    name: String,
    /// Where it lay among the others.
    layer: agreements::AgreementLayer,
    /// 1, 2, 3 …
    number: i32,
    /// The vote or the person that adopted it.
    adopted_by: Option<String>,
    /// From when sales were made under it.
    effective_from: DateTime<Utc>,
}

/// A part of a line for one recipient.
#[derive(Debug, SimpleObject)]
pub(crate) struct ShareExplanation {
    /// The party's id; null for tax and the processor.
    party_id: Option<ID>,
    /// Who.
    to: String,
    /// What for, in the words of the agreement's file: `share`, `tax`, `processor_fee`.
    purpose: String,
    /// How much.
    amount: Money,
}

/// A step of an agreement at work.
#[derive(Debug, SimpleObject)]
pub(crate) struct StepExplanation {
    /// Its number in its agreement; 0 for a rule without a number.
    number: i32,
    /// The step as people read it.
    rule: String,
    /// What it was applied to.
    base: Money,
    /// What it gave in all.
    result: Money,
    /// Who got it.
    parts: Vec<PartExplanation>,
    /// Millionths of a minor unit that rounding added to the result; negative: took off.
    rounding_millionths: i32,
    /// All of it as a sentence.
    sentence: String,
}

/// A recipient's part of a step.
#[derive(Debug, SimpleObject)]
pub(crate) struct PartExplanation {
    /// The party's id; null for tax and the processor.
    party_id: Option<ID>,
    /// Who.
    to: String,
    /// How much, the rounding unit included.
    amount: Money,
    /// The rounding unit: one minor unit when the largest remainder gave this part one more, else nothing.
    rounding: Money,
}

/// A posting with its legs.
#[derive(Debug, SimpleObject)]
pub(crate) struct PostingExplanation {
    /// What kind of event it books.
    kind: String,
    /// What caused it.
    source: String,
    /// When it happened.
    effective_at: DateTime<Utc>,
    /// From when its credits may be paid out.
    available_at: DateTime<Utc>,
    /// Its legs, which sum to zero.
    legs: Vec<LegExplanation>,
}

/// A leg of a posting.
#[derive(Debug, SimpleObject)]
pub(crate) struct LegExplanation {
    /// The account's kind.
    account: String,
    /// Whose account, by name; null for the co-op's own.
    party: Option<String>,
    /// Debit positive, credit negative.
    amount: Money,
}

/// What Stripe calls what belongs to a sale.
#[derive(Debug, SimpleObject)]
pub(crate) struct StripeReferences {
    /// `pi_…`
    payment_intent: Option<String>,
    /// `ch_…`
    charge: Option<String>,
    /// `txn_…` of the charge.
    balance_transaction: Option<String>,
    /// `re_…` of its refunds, or the caller's own names.
    refunds: Vec<String>,
    /// `dp_…` of its disputes.
    disputes: Vec<String>,
    /// `tr_…` of the first transfers after it.
    transfers: Vec<String>,
}

/// Reads what is behind a sale that whoever asks was found to be allowed to see.
pub(super) async fn explain(ctx: &Context<'_>, sale: SaleId) -> Answer<SaleExplanation> {
    let told = ctx.house().statements.explain_sale(ctx.actor()?.coop, sale).await?;
    Ok(sale_explained(told))
}

/// The same of what was read already.
pub(crate) fn sale_explained(told: SaleExplained) -> SaleExplanation {
    let text = told.to_string();
    let shared_in = told.lines.iter().find_map(|line| line.sharing.as_ref()).map_or(told.currency, |sharing| sharing.currency);
    SaleExplanation {
        fee: told.fee.map(|fee| Money::of(fee, shared_in)),
        exchange_rate: told.exchange_rate,
        lines: told.lines.into_iter().map(|line| line_explained(line, told.currency)).collect(),
        postings: told.postings.into_iter().map(posting_explained).collect(),
        stripe: stripe(told.stripe),
        text,
    }
}

fn line_explained(line: SaleLineExplained, currency: Currency) -> LineExplanation {
    let (shares, steps) = line.sharing.map(shared).unwrap_or_default();
    LineExplanation {
        number: line.line.into(),
        sku: line.sku,
        description: line.description,
        quantity: line.quantity,
        amount: Money::of(line.amount, currency),
        tax: Money::of(line.tax, currency),
        discount: Money::of(line.discount, currency),
        agreements: line
            .agreements
            .into_iter()
            .map(|used| AgreementReference {
                version_id: agreements::VERSION.id(used.version),
                name: used.name,
                layer: used.layer.into(),
                number: used.number,
                adopted_by: used.adopted_by,
                effective_from: used.effective_from,
            })
            .collect(),
        shares,
        steps,
    }
}

/// Shares and steps of a line, as the graph shows them.
pub(crate) fn shared(sharing: Sharing) -> (Vec<ShareExplanation>, Vec<StepExplanation>) {
    let currency = sharing.currency;
    let share = |share: statements::ShareExplained| ShareExplanation {
        party_id: share.to.recipient.party().map(|party| parties::KIND.id(party)),
        to: share.to.name,
        purpose: serde_json::to_value(&share.purpose)
            .map(|purpose| purpose.as_str().map_or_else(|| purpose.to_string(), str::to_owned))
            .unwrap_or_default(),
        amount: Money::of(share.amount, currency),
    };
    (sharing.shares.into_iter().map(share).collect(), sharing.steps.into_iter().map(|step| step_explained(step, currency)).collect())
}

fn step_explained(step: StepExplained, currency: Currency) -> StepExplanation {
    let part = |part: PartExplained| PartExplanation {
        party_id: part.to.recipient.party().map(|party| parties::KIND.id(party)),
        to: part.to.name,
        amount: Money::of(part.amount, currency),
        rounding: Money::of(part.rounding, currency),
    };
    StepExplanation {
        number: step.number.into(),
        rule: step.rule,
        base: Money::of(step.base, currency),
        result: Money::of(step.result, currency),
        parts: step.parts.into_iter().map(part).collect(),
        rounding_millionths: step.rounding_millionths,
        sentence: step.sentence,
    }
}

fn posting_explained(posting: PostingExplained) -> PostingExplanation {
    let currency = posting.currency;
    PostingExplanation {
        kind: posting.kind,
        source: posting.source,
        effective_at: posting.effective_at,
        available_at: posting.available_at,
        legs: posting
            .legs
            .into_iter()
            .map(|leg| LegExplanation { account: leg.account, party: leg.name, amount: Money::of(leg.amount, currency) })
            .collect(),
    }
}

fn stripe(ids: StripeIds) -> StripeReferences {
    StripeReferences {
        payment_intent: ids.payment_intent,
        charge: ids.charge,
        balance_transaction: ids.balance_transaction,
        refunds: ids.refunds.into_iter().map(|refund| refund.id).collect(),
        disputes: ids.disputes.into_iter().map(|dispute| dispute.id).collect(),
        transfers: ids.transfers.into_iter().filter_map(|transfer| transfer.transfer).collect(),
    }
}
