//! Agreements as people read them: "12 % of gross to the venue, then 5 % to the co-op, the rest to the makers by lot".

use std::fmt::{self, Write};

use kernel::{Currency, Money, PartyId};

use crate::{
    Agreement, Base, Bearer, Brackets, DiscountBearer, FeeBearer, Fixed, Payee, Per, Percent, Pool, Recipient, Share, Step, Tiers, Weighted,
};

/// How a party is called where no names are known.
fn number(party: PartyId) -> String {
    format!("party {party}")
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(&number))
    }
}

impl Agreement {
    /// The agreement in one sentence, with parties called by `name`.
    pub fn sentence(&self, name: &dyn Fn(PartyId) -> String) -> String {
        sentence(self.steps.iter(), self.currency, name)
    }
}

/// Joins steps: "…, then …, the rest …".
pub(crate) fn sentence<'a>(steps: impl Iterator<Item = &'a Step>, currency: Option<Currency>, name: &dyn Fn(PartyId) -> String) -> String {
    let mut text = String::new();
    for step in steps {
        let first = text.is_empty();
        if !first {
            text.push_str(if step.takes_the_rest() { ", " } else { ", then " });
        }
        // "then" already says that a percentage is of what remains.
        text.push_str(&Voice { currency, name, after_then: !first }.step(step));
    }
    text
}

/// One step by itself, as it stands in problems and in the trace.
pub(crate) fn step_text(step: &Step, currency: Option<Currency>) -> String {
    Voice { currency, name: &number, after_then: false }.step(step)
}

/// The policy on discounts, as it stands in the trace.
pub(crate) fn discount_text(bearer: DiscountBearer) -> String {
    match bearer {
        DiscountBearer::Seller => "the discount borne by the makers".to_owned(),
        DiscountBearer::CoOp => "the discount borne by the co-op".to_owned(),
        DiscountBearer::Shared { co_op } => format!("the discount borne {co_op} by the co-op, the rest by the makers"),
    }
}

struct Voice<'a> {
    currency: Option<Currency>,
    name: &'a dyn Fn(PartyId) -> String,
    after_then: bool,
}

impl Voice<'_> {
    fn step(&self, step: &Step) -> String {
        match step {
            Step::Tax(_) => "the tax to whoever remits it".to_owned(),
            Step::ProcessorFee(fee) => self.fee(fee.borne_by),
            Step::Percent(percent) => self.percent(percent),
            Step::Fixed(fixed) => self.fixed(fixed),
            Step::Tiers(tiers) => self.tiers(tiers),
            Step::Recoup(recoup) => {
                let of = self.of(Base::Remaining);
                format!("{}{of} to {} until the advance {:?} is paid back", recoup.rate, self.payee(recoup.to), recoup.advance)
            }
            Step::Owners(owners) => format!("{} to the makers by lot", self.share(owners.share)),
            Step::Named(named) => format!("{} to {}", self.share(named.share), self.weighted(&named.parties)),
            Step::Pool(pool) => self.pool(pool),
        }
    }

    fn fee(&self, borne_by: FeeBearer) -> String {
        match borne_by {
            FeeBearer::OffTheTop => "the processor fee off the top".to_owned(),
            FeeBearer::Payees => "the processor fee borne by the payees in proportion".to_owned(),
            FeeBearer::Owners => "the processor fee borne by the makers".to_owned(),
            FeeBearer::Payee(payee) => format!("the processor fee borne by {}", self.payee(payee)),
        }
    }

    fn percent(&self, percent: &Percent) -> String {
        let mut text = format!("{}{} to {}", percent.rate, self.of(percent.of), self.payee(percent.to));
        let floor = percent.floor.map(|floor| format!("at least {}", self.money(floor)));
        let cap = percent.cap.map(|cap| format!("at most {}", self.money(cap)));
        let limits: Vec<String> = [floor, cap].into_iter().flatten().collect();
        if !limits.is_empty() {
            let _ = write!(text, " ({})", limits.join(", "));
        }
        text
    }

    fn fixed(&self, fixed: &Fixed) -> String {
        let per = match fixed.per {
            Per::Sale => "sale",
            Per::Unit => "unit",
            Per::Line => "line",
        };
        format!("{} per {per} to {}", self.money(fixed.amount), self.payee(fixed.to))
    }

    fn tiers(&self, tiers: &Tiers) -> String {
        let (by, brackets): (_, Vec<String>) = match &tiers.by {
            Brackets::Amount(brackets) => {
                ("amount so far", brackets.iter().map(|bracket| format!("{} from {}", bracket.rate, self.money(bracket.from))).collect())
            }
            Brackets::Date(brackets) => (
                "date",
                brackets.iter().map(|bracket| format!("{} from {}", bracket.rate, bracket.from.format("%Y-%m-%d %H:%M UTC"))).collect(),
            ),
        };
        format!("tiers by {by}{} to {} ({})", self.of(tiers.of), self.payee(tiers.to), brackets.join(", "))
    }

    fn pool(&self, pool: &Pool) -> String {
        let mut text = format!("{} into the pool of {}", self.share(pool.share), self.payee(pool.pool));
        if !pool.within.is_empty() {
            let _ = write!(text, " (shared by {})", self.weighted(&pool.within));
        }
        text
    }

    fn share(&self, share: Share) -> String {
        match share {
            Share::Rest => "the rest".to_owned(),
            Share::Percent { rate, of } => format!("{rate}{}", self.of(of)),
        }
    }

    fn of(&self, base: Base) -> &'static str {
        match base {
            Base::Gross => " of gross",
            Base::Net => " of net",
            Base::Remaining if self.after_then => "",
            Base::Remaining => " of what remains",
        }
    }

    /// "party 7 and party 8 equally", "party 7 (2 parts), party 8 (1 part)".
    fn weighted(&self, parties: &[Weighted]) -> String {
        let equal = parties.windows(2).all(|pair| pair[0].weight == pair[1].weight);
        let mut text = String::new();
        for (at, one) in parties.iter().enumerate() {
            let joint = match at {
                0 => "",
                at if at + 1 == parties.len() => " and ",
                _ => ", ",
            };
            text += joint;
            text += &self.payee(one.to);
            if !equal {
                let _ = write!(text, " ({} {})", one.weight, if one.weight == 1 { "part" } else { "parts" });
            }
        }
        if equal && parties.len() > 1 { text + " equally" } else { text }
    }

    fn payee(&self, payee: Payee) -> String {
        match payee {
            Payee::Party(party) => (self.name)(party),
            Payee::CoOp | Payee::Venue | Payee::Affiliate => payee.to_string(),
        }
    }

    fn money(&self, minor: i64) -> String {
        self.currency.map_or_else(|| format!("{minor} minor units"), |currency| Money::new(minor, currency).to_string())
    }
}

impl fmt::Display for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CoOp => f.write_str("the co-op"),
            Self::Venue => f.write_str("the venue"),
            Self::Affiliate => f.write_str("the affiliate"),
            Self::Party(party) => f.write_str(&number(*party)),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(party) => f.write_str(&number(*party)),
            Self::Tax => f.write_str("tax"),
            Self::Processor => f.write_str("processor"),
        }
    }
}

impl fmt::Display for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payees => f.write_str("the payees in proportion"),
            Self::Owners => f.write_str("the makers"),
            Self::Payee(payee) => payee.fmt(f),
        }
    }
}
