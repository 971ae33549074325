//! "Why did I get 7.31?": everything that decided a sale's shares, as it was stored when it happened.

mod read;
mod show;
mod told;

use kernel::{CoopId, SaleId};

pub use told::{
    AgreementUsed, DisputeExplained, LegExplained, LineExplained, Named, PartExplained, PostingExplained, RefundExplained, SaleExplained,
    SaleLineExplained, ShareExplained, Sharing, StepExplained, StripeIds, TransferExplained,
};

use crate::{Statements, StatementsError, repo};

impl Statements {
    /// Each cent's way through a sale. Another co-op's sale does not exist.
    pub async fn explain_sale(&self, coop: CoopId, sale: SaleId) -> Result<SaleExplained, StatementsError> {
        let tx = db::begin_snapshot(&self.db, coop).await?;
        let explained = read::sale(&tx, coop, sale).await?;
        tx.commit().await?;
        explained.ok_or(StatementsError::NoSale(sale))
    }

    /// What is behind a line of a statement's latest revision. Another co-op's statement does not exist.
    pub async fn explain_line(&self, coop: CoopId, number: &str, line: u32) -> Result<LineExplained, StatementsError> {
        let tx = db::begin_snapshot(&self.db, coop).await?;
        let issued = repo::by_number(&tx, coop, number, None).await?;
        let sealed = issued.ok_or_else(|| StatementsError::NoStatement(number.to_owned()))?.sealed;
        let found = sealed.document.account.lines().iter().find(|known| known.number == line).cloned();
        let line = found.ok_or_else(|| StatementsError::NoLine { number: number.to_owned(), line })?;
        let sale = match &line.sale {
            Some(reference) => read::sale(&tx, coop, reference.id).await?,
            None => None,
        };
        let posting = read::posting(&tx, coop, line.posting).await?;
        tx.commit().await?;
        Ok(LineExplained {
            number: sealed.document.number.clone(),
            revision: sealed.document.revision,
            hash: sealed.hash_hex(),
            currency: sealed.document.currency,
            line,
            posting,
            sale,
        })
    }
}
