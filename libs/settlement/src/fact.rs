//! What an event says, as far as the books are concerned.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{CoopId, Currency, SaleId};
use orders::{Dispute, DisputeStatus, FeeKnown, Movement, Refund, RefundStatus, RefundedLine};
use stripe_gateway::{
    Event, ParseError, Payload,
    objects::{self, BalanceTransaction, DisputeStatus as Standing, Expandable, Metadata, RefundStatus as Progress},
};

/// The metadata key under which a payment names its co-op.
pub const COOP_KEY: &str = "guildhall_coop";
/// The metadata key under which a payment names its sale.
pub const SALE_KEY: &str = "guildhall_sale";
/// The metadata key under which a refund names the lines it is for, as `[{"line": 1, "amount": 300}]`.
pub const LINES_KEY: &str = "guildhall_lines";

/// The largest amount that is believed, in minor units: Stripe's own have at most twelve digits, and sums of this many fit.
const MOST: i64 = 1_000_000_000_000_000;

/// How a fact names its sale: outright, or through Stripe objects that are known to belong to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SaleName {
    pub(crate) outright: Option<(CoopId, SaleId)>,
    /// Payment intent and charge, whichever the object names.
    pub(crate) objects: Vec<String>,
}

/// What one event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A buyer paid; the fee may be named already.
    Payment {
        /// Whose.
        sale: SaleName,
        /// In full, in minor units.
        amount: i64,
        /// As Stripe writes it.
        currency: String,
        /// The charge.
        charge: Option<String>,
        /// The balance transaction that holds the fee.
        fee: Option<FeeName>,
    },
    /// A checkout names its payment intent.
    Linked {
        /// Whose.
        sale: SaleName,
    },
    /// A refund, in some state.
    Refund {
        /// Whose.
        sale: SaleName,
        /// It.
        refund: Refund,
    },
    /// A dispute, in some state.
    Dispute {
        /// Whose.
        sale: SaleName,
        /// It.
        dispute: Dispute,
    },
    /// What Stripe says of a connected account.
    Account {
        /// `acct_…`
        account: String,
        /// Whether it can be paid out to.
        payouts_enabled: bool,
        /// Why not, in words.
        reason: Option<String>,
        /// When Stripe said so.
        at: DateTime<Utc>,
    },
    /// A transfer to a connected account, in some state.
    Transfer {
        /// It.
        transfer: Box<objects::Transfer>,
        /// When Stripe said so.
        at: DateTime<Utc>,
    },
    /// A payout of a connected account to its bank.
    BankPayout {
        /// `acct_…`
        account: String,
        /// It.
        payout: Box<objects::Payout>,
        /// When Stripe said so.
        at: DateTime<Utc>,
    },
    /// Kept and acknowledged: it says nothing that the books know of.
    Nothing,
}

/// A balance transaction: its name, and its content where it came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeeName {
    /// To be fetched.
    Named(String),
    /// It came along.
    Known(FeeKnown),
}

impl Fact {
    /// Reads an event. `livemode` is this installation's: Connect endpoints receive the other mode's events as well.
    pub fn of(event: &Event<'_>, livemode: bool) -> Result<Self, ParseError> {
        if matches!(event.payload, Payload::Thin) || event.livemode != livemode {
            return Ok(Self::Nothing);
        }
        match event.kind.as_ref() {
            "payment_intent.succeeded" => event.object().map(payment_intent),
            "charge.succeeded" | "charge.captured" | "charge.updated" => charge(event.object()?),
            "refund.created" | "refund.updated" | "refund.failed" => of_refund(event.object()?, event.created),
            "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated" => of_dispute(event.object()?, event.created),
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => event.object().map(|object| session(&object)),
            "account.updated" => event.object().map(|account| of_account(account, event.created)),
            "account.application.deauthorized" => Ok(deauthorized(event)),
            "transfer.created" | "transfer.updated" | "transfer.reversed" => {
                Ok(Self::Transfer { transfer: Box::new(event.object()?), at: event.created })
            }
            "payout.paid" | "payout.failed" | "payout.canceled" => Ok(match &event.account {
                Some(account) => Self::BankPayout { account: account.clone(), payout: Box::new(event.object()?), at: event.created },
                None => Self::Nothing,
            }),
            _ => Ok(Self::Nothing),
        }
    }
}

fn sale_name<'a>(metadata: &Metadata, objects: impl IntoIterator<Item = Option<&'a str>>) -> SaleName {
    let outright = metadata.get(COOP_KEY).zip(metadata.get(SALE_KEY));
    SaleName {
        outright: outright.and_then(|(coop, sale)| Some((CoopId(coop.parse().ok()?), SaleId(sale.parse().ok()?)))),
        objects: objects.into_iter().flatten().map(ToOwned::to_owned).collect(),
    }
}

fn payment_intent(intent: objects::PaymentIntent) -> Fact {
    let charge = intent.latest_charge.as_ref().map(|charge| charge.id().to_owned());
    Fact::Payment {
        sale: sale_name(&intent.metadata, [Some(intent.id.as_str()), charge.as_deref()]),
        amount: intent.amount_received,
        currency: intent.currency,
        charge,
        fee: None,
    }
}

fn charge(charge: objects::Charge) -> Result<Fact, ParseError> {
    // The arrival of a transfer at a connected account, or a payment that was not made (yet)
    if charge.source_transfer.is_some() || !charge.paid || !charge.captured {
        return Ok(Fact::Nothing);
    }
    let intent = charge.payment_intent.as_ref().map(Expandable::id);
    Ok(Fact::Payment {
        sale: sale_name(&charge.metadata, [intent, Some(charge.id.as_str())]),
        amount: charge.amount_captured,
        currency: charge.currency,
        fee: charge.balance_transaction.as_ref().map(fee_name).transpose()?,
        charge: Some(charge.id),
    })
}

fn fee_name(transaction: &Expandable<BalanceTransaction>) -> Result<FeeName, ParseError> {
    Ok(match transaction.object() {
        None => FeeName::Named(transaction.id().to_owned()),
        Some(known) => FeeName::Known(FeeKnown {
            balance_transaction: known.id.clone(),
            gross: amount(known.amount, "balance_transaction.amount")?,
            fee: amount(known.fee, "balance_transaction.fee")?,
            currency: currency(&known.currency)?,
            exchange_rate: known.exchange_rate.as_ref().map(ToString::to_string),
            at: known.created,
            available_at: known.available_on,
        }),
    })
}

/// An amount that can be reckoned with; its sign is judged by the sale.
fn amount(minor: i64, field: &str) -> Result<i64, ParseError> {
    if minor.unsigned_abs() > MOST.unsigned_abs() {
        return Err(ParseError::new(format!("data.object.{field}"), format!("{minor} is more than any payment moves")));
    }
    Ok(minor)
}

pub(crate) fn currency(code: &str) -> Result<Currency, ParseError> {
    code.parse().map_err(|error: kernel::UnknownCurrency| ParseError::new("data.object.currency", error.to_string()))
}

fn of_refund(refund: objects::Refund, seen_at: DateTime<Utc>) -> Result<Fact, ParseError> {
    if refund.source_transfer_reversal.is_some() {
        return Ok(Fact::Nothing);
    }
    let intent = refund.payment_intent.as_ref().map(Expandable::id);
    let charge = refund.charge.as_ref().map(Expandable::id);
    let lines = refund.metadata.get(LINES_KEY).map(|text| serde_json::from_str::<Vec<RefundedLine>>(text)).transpose();
    let lines = lines.map_err(|error| ParseError::new(format!("data.object.metadata.{LINES_KEY}"), error.to_string()))?;
    Ok(Fact::Refund {
        sale: sale_name(&refund.metadata, [intent, charge]),
        refund: Refund {
            amount: amount(refund.amount, "amount")?,
            lines,
            status: match refund.status {
                Some(Progress::Succeeded) => RefundStatus::Succeeded,
                Some(Progress::Failed | Progress::Canceled) => RefundStatus::Failed,
                Some(Progress::Pending | Progress::RequiresAction | Progress::Other(_)) | None => RefundStatus::Pending,
            },
            reason: refund.failure_reason.or(refund.reason),
            actor: None,
            refunded_at: refund.created.unwrap_or(seen_at),
            applied: None,
            id: refund.id,
        },
    })
}

fn of_dispute(dispute: objects::Dispute, seen_at: DateTime<Utc>) -> Result<Fact, ParseError> {
    let status = match &dispute.status {
        Standing::NeedsResponse | Standing::UnderReview => DisputeStatus::Open,
        Standing::Won => DisputeStatus::Won,
        Standing::Lost => DisputeStatus::Lost,
        // An inquiry moves no money, and one that became a dispute says so in its next event
        _ => return Ok(Fact::Nothing),
    };
    let intent = dispute.payment_intent.as_ref().map(Expandable::id);
    let sale = sale_name(&dispute.metadata, [intent, Some(dispute.charge.id())]);
    let movements: Result<BTreeMap<String, Movement>, ParseError> = dispute
        .balance_transactions
        .iter()
        .map(|moved| {
            let (moved_by, fee) = (amount(moved.amount, "balance_transactions.amount")?, amount(moved.fee, "balance_transactions.fee")?);
            Ok((moved.id.clone(), Movement { amount: moved_by, fee, currency: currency(&moved.currency)?, at: moved.created }))
        })
        .collect();
    let mut known = Dispute::seen(dispute.id, amount(dispute.amount, "amount")?, status, dispute.created.unwrap_or(seen_at));
    known.reason = dispute.reason;
    known.movements = movements?;
    known.closed_at = (status != DisputeStatus::Open).then_some(seen_at);
    Ok(Fact::Dispute { sale, dispute: known })
}

fn session(session: &objects::CheckoutSession) -> Fact {
    let mut sale = sale_name(&session.metadata, [session.payment_intent.as_ref().map(Expandable::id)]);
    if sale.objects.is_empty() {
        return Fact::Nothing; // a subscription's, or one that needs no payment
    }
    sale.objects.dedup();
    Fact::Linked { sale }
}

fn of_account(account: objects::Account, at: DateTime<Utc>) -> Fact {
    let due = account.requirements.as_ref().map(|requirements| {
        let reason = requirements.disabled_reason.clone();
        let open = requirements.currently_due.iter().chain(&requirements.past_due);
        let mut open: Vec<&str> = open.map(String::as_str).collect();
        open.sort_unstable();
        open.dedup();
        (reason, open.join(", "))
    });
    let reason = due.filter(|_| !account.payouts_enabled).map(|(reason, open)| match (reason, open.is_empty()) {
        (Some(reason), true) => format!("Stripe stopped its payouts: {reason}"),
        (Some(reason), false) => format!("Stripe stopped its payouts ({reason}) until it has: {open}"),
        (None, _) => format!("Stripe pays nothing out until it has: {open}"),
    });
    Fact::Account { account: account.id, payouts_enabled: account.payouts_enabled, reason, at }
}

fn deauthorized(event: &Event<'_>) -> Fact {
    match &event.account {
        Some(account) => Fact::Account {
            account: account.clone(),
            payouts_enabled: false,
            reason: Some("its owner disconnected the account from the co-op; it has to be connected again".to_owned()),
            at: event.created,
        },
        None => Fact::Nothing,
    }
}
