//! Consignment terms.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject, connection::Connection};
use kernel::{Code, PartyId, Permission};
use stock::{Ending, Millionths, OwnerTerms, Terms, TermsId};

use super::{TERMS, lot_mutation::Consumption, stock};
use crate::graphql::{
    base::{Answer, Asking as _, BigInt, CurrencyCode, Failure, Money, Page, at, page_cost, payload},
    parties::{self, Party},
};

const LIST: &str = "consignmentTerms";
/// Millionths are shown as percent.
const PER_PERCENT: f64 = 10_000.0;

/// What becomes of units that were not sold in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(crate) enum LotEnding {
    /// Back to the owner.
    Return,
    /// Given away.
    Donate,
    /// They become the pool's.
    Pool,
}

/// From a day on, a unit costs less.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub(crate) struct Markdown {
    /// Days since the lot came in.
    after_days: u32,
    /// What is taken off the list price, in percent.
    percent_off: f64,
}

/// One version of the terms under which lots are handed to the pool. It never changes: a lot keeps the one it came in under.
#[derive(Clone, Debug)]
pub(crate) struct ConsignmentTerms(stock::TermsVersion);

/// One version of the terms under which lots are handed to the pool. It never changes: a lot keeps the one it came in under.
#[Object]
impl ConsignmentTerms {
    /// The id of this version.
    async fn id(&self) -> ID {
        TERMS.id(self.0.id)
    }

    /// What people call the terms.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// 1, 2, …
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The owner's share of what the buyer pays, in percent; null where it is a fixed price, or what the split agreements say.
    async fn owner_percent(&self) -> Option<f64> {
        if let OwnerTerms::Share(share) = self.0.terms.owner { Some(percent(share)) } else { None }
    }

    /// What the owner gets for each unit, whatever the buyer pays.
    async fn owner_price(&self) -> Option<Money> {
        if let OwnerTerms::Price(price) = self.0.terms.owner { Some(Money(price)) } else { None }
    }

    /// No unit is sold for less.
    async fn minimum_price(&self) -> Option<Money> {
        self.0.terms.minimum_price.map(Money)
    }

    /// When units cost less, in the order of their days.
    async fn markdowns(&self) -> Vec<Markdown> {
        let shown = |markdown: &stock::Markdown| Markdown { after_days: markdown.after_days, percent_off: percent(markdown.off) };
        self.0.terms.markdowns.iter().map(shown).collect()
    }

    /// For how many days a lot is sold; null: for good.
    async fn expires_after_days(&self) -> Option<u32> {
        self.0.terms.expires_after_days
    }

    /// How many days its owner then has to fetch what is left.
    async fn grace_days(&self) -> u32 {
        self.0.terms.grace_days
    }

    /// What happens after that.
    async fn ending(&self) -> LotEnding {
        match self.0.terms.ending {
            Ending::Return => LotEnding::Return,
            Ending::Donate => LotEnding::Donate,
            Ending::Pool(_) => LotEnding::Pool,
        }
    }

    /// Whose pooled units become; null: the co-op's own.
    async fn pool(&self, ctx: &Context<'_>) -> Answer<Option<Party>> {
        match self.0.terms.ending {
            Ending::Pool(Some(party)) => Party::load(ctx, party).await,
            Ending::Pool(None) | Ending::Return | Ending::Donate => Ok(None),
        }
    }
}

impl ConsignmentTerms {
    pub(super) async fn load(ctx: &Context<'_>, id: TermsId) -> Answer<Option<Self>> {
        Ok(ctx.loaders()?.load(id).await?.map(Self))
    }
}

fn percent(share: Millionths) -> f64 {
    f64::from(share.get()) / PER_PERCENT
}

/// A share that somebody wrote in percent, to four decimals.
fn share(path: &[&str], percent: f64) -> Answer<Millionths> {
    let millionths = (percent * PER_PERCENT).round();
    let exact = (millionths - percent * PER_PERCENT).abs() < 1e-6 && (0.0..=1e6).contains(&millionths);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was just looked at: a whole number from 0 to a million"
    )]
    let found = if exact { Millionths::try_new(millionths as u32) } else { None };
    found.ok_or_else(|| at(path, Code::InvalidInput, "a percentage is 0 to 100, with at most four decimals"))
}

/// From a day on, a unit costs less.
#[derive(Clone, Copy, Debug, InputObject)]
pub(crate) struct MarkdownInput {
    /// Days since the lot came in.
    after_days: u32,
    /// What is taken off the list price, in percent with at most four decimals; never less than by the markdown before.
    percent_off: f64,
}

/// Consignment terms to be adopted.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct ConsignmentTermsInput {
    /// What people call them. Terms of that name get their next version.
    name: String,
    /// The owner's share of what the buyer pays, in percent with at most four decimals.
    owner_percent: Option<f64>,
    /// Or what the owner gets for each unit, in minor units. With neither, the split agreements say it.
    owner_price: Option<BigInt>,
    /// No unit is sold for less, in minor units.
    minimum_price: Option<BigInt>,
    /// What the prices are in; the co-op's currency when nothing is said.
    currency: Option<CurrencyCode>,
    /// When units cost less, in the order of their days.
    #[graphql(default)]
    markdowns: Vec<MarkdownInput>,
    /// For how many days a lot is sold; for good when nothing is said.
    expires_after_days: Option<u32>,
    /// How many days its owner then has to fetch what is left.
    #[graphql(default)]
    grace_days: u32,
    /// What happens after that.
    #[graphql(default_with = "LotEnding::Return")]
    ending: LotEnding,
    /// Whose pooled units become; the co-op's own when nothing is said.
    pool: Option<ID>,
}

impl ConsignmentTermsInput {
    fn parse(&self, ctx: &Context<'_>) -> Answer<Terms> {
        let currency = self.currency.map_or(ctx.coop()?.currency, |code| code.0);
        let money = |minor: BigInt| kernel::Money::new(minor.0, currency);
        let owner = match (self.owner_percent, self.owner_price) {
            (None, None) => OwnerTerms::Agreed,
            (Some(percent), None) => OwnerTerms::Share(share(&["input", "ownerPercent"], percent)?),
            (None, Some(price)) => OwnerTerms::Price(money(price)),
            (Some(_), Some(_)) => {
                return Err(at(&["input", "ownerPrice"], Code::InvalidInput, "the owner gets a share or a price, not both"));
            }
        };
        let markdown = |(place, markdown): (usize, &MarkdownInput)| {
            let off = share(&["input", "markdowns", &place.to_string(), "percentOff"], markdown.percent_off)?;
            Ok::<_, Failure>(stock::Markdown { after_days: markdown.after_days, off })
        };
        let pool = self.pool.as_ref().map(|pool| parties::KIND.key(pool).map(PartyId)).transpose()?;
        let ending = match (self.ending, pool) {
            (LotEnding::Return, None) => Ending::Return,
            (LotEnding::Donate, None) => Ending::Donate,
            (LotEnding::Pool, pool) => Ending::Pool(pool),
            (LotEnding::Return | LotEnding::Donate, Some(_)) => {
                return Err(at(&["input", "pool"], Code::InvalidInput, "only what is pooled becomes somebody's"));
            }
        };
        Ok(Terms {
            owner,
            minimum_price: self.minimum_price.map(money),
            markdowns: self.markdowns.iter().enumerate().map(markdown).collect::<Answer<_>>()?,
            expires_after_days: self.expires_after_days,
            grace_days: self.grace_days,
            ending,
        })
    }
}

payload! {
    /// What came of adopting consignment terms.
    AdoptConsignmentTermsPayload {
        /// The version that holds from now on.
        terms: ConsignmentTerms
    }
}

#[derive(Debug, Default)]
pub(crate) struct TermsQuery;

#[Object]
impl TermsQuery {
    /// Every version of the co-op's consignment terms, in the order in which they were adopted: members know them before they
    /// hand anything in.
    #[graphql(complexity = "page_cost(first, child_complexity)")]
    async fn consignment_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, at most 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the version before them.")] after: Option<String>,
    ) -> Answer<Connection<String, ConsignmentTerms>> {
        let actor = ctx.actor()?;
        let page: Page<i64> = Page::of(LIST, first, after.as_deref())?;
        let tx = ctx.reading().await?;
        let rows = ::stock::terms_page(&tx, actor.coop, page.limit(), page.after.map(TermsId)).await?;
        tx.commit().await?;
        Ok(page.connection(LIST, rows, |row| row.id.0, ConsignmentTerms))
    }

    /// Whose units are sold next, where several lots have the same variant.
    async fn stock_policy(&self, ctx: &Context<'_>) -> Answer<Consumption> {
        let actor = ctx.actor()?;
        let tx = ctx.reading().await?;
        let policy = ::stock::policy(&tx, actor.coop).await?;
        tx.commit().await?;
        Ok(policy.into())
    }
}

#[derive(Debug, Default)]
pub(crate) struct TermsMutation;

#[Object]
impl TermsMutation {
    /// Adopts consignment terms: their first version, or the next one. Lots that are here keep theirs. The same terms as the latest
    /// version: nothing new.
    async fn adopt_consignment_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they say.")] input: ConsignmentTermsInput,
    ) -> Answer<AdoptConsignmentTermsPayload> {
        AdoptConsignmentTermsPayload::of(async {
            let actor = ctx.actor_who_may(Permission::StockWrite)?;
            let terms = input.parse(ctx)?;
            Ok(ConsignmentTerms(stock(ctx).adopt_terms(actor, &input.name, terms).await?))
        })
        .await
    }
}
