//! Explanations as people read them.

use std::fmt;

use kernel::Money;
use splits::Purpose;

use super::{LineExplained, PostingExplained, SaleExplained, SaleLineExplained, Sharing, StripeIds};

impl fmt::Display for SaleExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor| Money::new(minor, self.currency);
        let name = self.reference.as_ref().map(|reference| format!("{reference} ({})", self.sale));
        writeln!(f, "Sale {}", name.unwrap_or_else(|| self.sale.to_string()))?;
        let sold = self.sold_at.format("%Y-%m-%d %H:%M UTC");
        writeln!(f, "{} by {}, {sold}, {}, {} paid", self.channel, self.payment, self.status, money(self.gross))?;
        if let Some(rate) = &self.exchange_rate {
            writeln!(f, "changed currency at {rate}")?;
        }
        for line in &self.lines {
            write!(f, "\n{}", LineOf(line, self))?;
        }
        writeln!(f, "\nIn the books")?;
        for posting in &self.postings {
            write!(f, "{posting}")?;
        }
        write!(f, "\n{}", self.stripe)
    }
}

struct LineOf<'a>(&'a SaleLineExplained, &'a SaleExplained);

impl fmt::Display for LineOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(line, sale) = self;
        let money = |minor| Money::new(minor, sale.currency);
        write!(f, "Line {}: {} ({}) x {}, {}", line.line, line.description, line.sku, line.quantity, money(line.amount))?;
        for (what, amount) in [("tax inside", line.tax), ("discount taken off", line.discount)] {
            if amount != 0 {
                write!(f, ", {what} {}", money(amount))?;
            }
        }
        writeln!(f)?;
        for agreement in &line.agreements {
            let by = agreement.adopted_by.as_ref().map(|by| format!(", adopted by {by}")).unwrap_or_default();
            let from = agreement.effective_from.format("%Y-%m-%d");
            writeln!(f, "  under {} v{} ({}){by}, in force from {from}", agreement.name, agreement.number, agreement.layer)?;
        }
        match &line.sharing {
            Some(sharing) => sharing.fmt(f),
            None => writeln!(f, "  not shared out yet"),
        }
    }
}

impl fmt::Display for Sharing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |minor| Money::new(minor, self.currency).shown();
        for step in &self.steps {
            let number = if step.number > 0 { format!(" {}", step.number) } else { String::new() };
            write!(f, "  {}{number}: {}: {} of {}", step.layer, step.rule, shown(step.result), shown(step.base))?;
            if step.rounding_millionths != 0 {
                write!(f, ", rounded {}", if step.rounding_millionths > 0 { "up" } else { "down" })?;
            }
            writeln!(f)?;
            for part in &step.parts {
                let rounding =
                    if part.rounding == 0 { String::new() } else { format!(", {} of it the rounding unit", shown(part.rounding)) };
                writeln!(f, "      {:>12}  {}{rounding}", shown(part.amount), part.to.name)?;
            }
        }
        writeln!(f, "  shares of {}", Money::new(self.gross, self.currency))?;
        for share in &self.shares {
            let what = match &share.purpose {
                Purpose::Share => String::new(),
                Purpose::Tax => ", tax".to_owned(),
                Purpose::ProcessorFee => ", fee".to_owned(),
                Purpose::Recoup(advance) => format!(", for the advance {advance:?}"),
                Purpose::LostFee => ", lost fee".to_owned(),
            };
            writeln!(f, "      {:>12}  {}{what}", shown(share.amount), share.to.name)?;
        }
        Ok(())
    }
}

impl fmt::Display for PostingExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.effective_at.format("%Y-%m-%d");
        writeln!(f, "  {day}  {} {} in {} (posting {})", self.kind, self.source, self.currency, self.posting)?;
        for leg in &self.legs {
            let name = leg.name.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
            let (side, amount) = if leg.amount < 0 { ("credit", leg.amount.saturating_neg()) } else { ("debit", leg.amount) };
            writeln!(f, "      {:>12}  {side:<6}  {}{name}", Money::new(amount, self.currency).shown(), leg.account)?;
        }
        Ok(())
    }
}

impl fmt::Display for StripeIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known =
            [("payment intent", &self.payment_intent), ("charge", &self.charge), ("balance transaction", &self.balance_transaction)];
        writeln!(f, "At Stripe")?;
        for (what, id) in known {
            if let Some(id) = id {
                writeln!(f, "  {what} {id}")?;
            }
        }
        for refund in &self.refunds {
            writeln!(f, "  refund {}, {}", refund.id, refund.status)?;
        }
        for dispute in &self.disputes {
            writeln!(f, "  dispute {}, {} {}", dispute.id, dispute.status, dispute.balance_transactions.join(" "))?;
        }
        for transfer in &self.transfers {
            let id = transfer.transfer.as_deref().unwrap_or("not sent yet");
            writeln!(f, "  transfer {id} to party {}, {} (payout {})", transfer.party, transfer.status, transfer.payout)?;
        }
        Ok(())
    }
}

impl fmt::Display for LineExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let money = |minor| Money::new(minor, self.currency);
        writeln!(f, "Statement {} revision {}, line {}", self.number, self.revision, self.line.number)?;
        writeln!(f, "{}  {}: {}", self.line.on, self.line.description, money(self.line.amount))?;
        if self.line.held != 0 {
            writeln!(f, "held: {}", money(self.line.held))?;
        }
        for text in [&self.line.agreement, &self.line.arithmetic].into_iter().flatten() {
            writeln!(f, "{text}")?;
        }
        match (&self.sale, &self.posting) {
            (Some(sale), _) => write!(f, "\n{sale}"),
            (None, Some(posting)) => write!(f, "\n{posting}"),
            (None, None) => Ok(()),
        }
    }
}
