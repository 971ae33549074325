//! Consignment terms as they are kept: a version never changes, and a lot keeps the one it came in under.

use db::statement;
use kernel::{Actor, CoopId, Currency, Money, PartyId, Permission};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::{Ending, Markdown, Millionths, OwnerTerms, Terms};
use crate::{ConsignmentId, Stock, StockError, TermsId, words};

/// How many terms a co-op may have, each in any number of versions.
const MAX_CONSIGNMENTS: i64 = 500;

/// One version of consignment terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermsVersion {
    /// Its number; what lots pin.
    pub id: TermsId,
    /// Which terms.
    pub consignment: ConsignmentId,
    /// What people call them.
    pub name: String,
    /// 1, 2, …
    pub version: i32,
    /// What it says.
    pub terms: Terms,
}

#[derive(FromQueryResult)]
struct Row {
    version_id: i64,
    consignment_id: i64,
    name: String,
    version: i32,
    owner_share: Option<i32>,
    owner_price: Option<i64>,
    minimum_price: Option<i64>,
    currency: Option<String>,
    markdowns: String,
    expires_after_days: Option<i32>,
    grace_days: i32,
    ending: String,
    pool_party_id: Option<i64>,
}

macro_rules! select {
    ($where:literal) => {
        concat!(
            "select of_coop.version_id, of_coop.consignment_id, consignment.name, of_coop.version, of_coop.owner_share, of_coop.owner_price,
                    of_coop.minimum_price, of_coop.currency::text as currency, of_coop.markdowns::text as markdowns,
                    of_coop.expires_after_days, of_coop.grace_days, of_coop.ending::text as ending, of_coop.pool_party_id
             from consignment_version of_coop
             join consignment on consignment.coop_id = of_coop.coop_id and consignment.consignment_id = of_coop.consignment_id
             where of_coop.coop_id = $1 and ",
            $where
        )
    };
}

impl TryFrom<Row> for TermsVersion {
    type Error = DbErr;

    fn try_from(row: Row) -> Result<Self, DbErr> {
        let currency: Option<Currency> =
            row.currency.map(|code| code.parse()).transpose().map_err(|error| DbErr::Type(format!("{error}")))?;
        let money = |minor: Option<i64>| minor.zip(currency).map(|(minor, currency)| Money::new(minor, currency));
        let days = |days: i32| u32::try_from(days).map_err(|_| DbErr::Type("days are not negative".to_owned()));
        let owner = match (row.owner_share, money(row.owner_price)) {
            (Some(share), _) => {
                let share = u32::try_from(share).ok().and_then(Millionths::try_new);
                OwnerTerms::Share(share.ok_or_else(|| DbErr::Type("a share is no more than the whole".to_owned()))?)
            }
            (None, Some(price)) => OwnerTerms::Price(price),
            (None, None) => OwnerTerms::Agreed,
        };
        let ending = match row.ending.as_str() {
            "return" => Ending::Return,
            "donate" => Ending::Donate,
            "pool" => Ending::Pool(row.pool_party_id.map(PartyId)),
            other => return Err(DbErr::Type(format!("{other} is no ending"))),
        };
        let markdowns: Vec<Markdown> = serde_json::from_str(&row.markdowns).map_err(|error| DbErr::Json(error.to_string()))?;
        let terms = Terms {
            owner,
            minimum_price: money(row.minimum_price),
            markdowns,
            expires_after_days: row.expires_after_days.map(days).transpose()?,
            grace_days: days(row.grace_days)?,
            ending,
        };
        let (id, consignment) = (TermsId(row.version_id), ConsignmentId(row.consignment_id));
        Ok(Self { id, consignment, name: row.name, version: row.version, terms })
    }
}

/// The versions of these numbers; those that are not there are left out.
pub async fn terms_versions(db: &impl ConnectionTrait, coop: CoopId, ids: &[TermsId]) -> Result<Vec<TermsVersion>, StockError> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = Row::find_by_statement(statement(select!("of_coop.version_id = any ($2)"), [coop.0.into(), ids.into()])).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

/// Every version, in the order in which they were adopted, after that one.
pub async fn terms_page(
    db: &impl ConnectionTrait,
    coop: CoopId,
    limit: i64,
    after: Option<TermsId>,
) -> Result<Vec<TermsVersion>, StockError> {
    let values = [coop.0.into(), after.map_or(0, |after| after.0).into(), limit.into()];
    let page = select!("of_coop.version_id > $2 order by of_coop.version_id limit $3");
    let rows = Row::find_by_statement(statement(page, values)).all(db).await?;
    Ok(rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
}

impl Stock {
    /// Adopts terms under a name: their first version, or the next one. The same terms as the latest version: that one.
    #[tracing::instrument(name = "stock.adopt_terms", skip_all, fields(coop.id = %actor.coop))]
    pub async fn adopt_terms(&self, actor: &Actor, name: &str, terms: Terms) -> Result<TermsVersion, StockError> {
        // Whoever adopts a version of the same terms meanwhile waits here
        const LINE: &str = "select pg_advisory_xact_lock($1, hashtext(lower($2)))";
        const NAMED: &str = "
            insert into consignment (coop_id, name) select $1, $2
            where (select count(*) from consignment where coop_id = $1) < $3
            on conflict (coop_id, lower(name)) do nothing";
        const LATEST: &str = select!("lower(consignment.name) = lower($2) order by of_coop.version desc limit 1");
        const FIND: &str = "select consignment_id from consignment where coop_id = $1 and lower(name) = lower($2)";
        actor.require(Permission::StockWrite)?;
        let (name, terms) = (words::name("consignment terms", name)?, terms.checked()?);
        let coop = actor.coop;
        let tx = db::begin(&self.db, coop).await?;
        tx.execute_raw(statement(LINE, [coop.0.into(), name.as_str().into()])).await?;
        tx.execute_raw(statement(NAMED, [coop.0.into(), name.as_str().into(), MAX_CONSIGNMENTS.into()])).await?;
        let named = [coop.0.into(), name.as_str().into()];
        let latest = Row::find_by_statement(statement(LATEST, named.clone())).one(&tx).await?.map(TermsVersion::try_from).transpose()?;
        let consignment = match &latest {
            Some(latest) if latest.terms == terms => return Ok(latest.clone()),
            Some(latest) => latest.consignment,
            None => {
                let too_many = StockError::TooMany { what: "consignment terms", most: MAX_CONSIGNMENTS.unsigned_abs() };
                let row = tx.query_one_raw(statement(FIND, named)).await?.ok_or(too_many)?;
                ConsignmentId(row.try_get("", "consignment_id")?)
            }
        };
        let version = latest.map_or(0, |latest| latest.version) + 1;
        let id = insert(&tx, actor, (consignment, version), &terms).await?;
        let adopted = terms_versions(&tx, coop, &[id]).await?.pop().ok_or(StockError::NoTerms(id))?;
        tx.commit().await?;
        Ok(adopted)
    }
}

async fn insert(tx: &db::Tx, actor: &Actor, (of, version): (ConsignmentId, i32), terms: &Terms) -> Result<TermsId, StockError> {
    const INSERT: &str = "
        insert into consignment_version (coop_id, consignment_id, version, owner_share, owner_price, minimum_price, currency, markdowns,
            expires_after_days, grace_days, ending, pool_party_id, created_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11::lot_ending, $12, $13)
        returning version_id";
    let small = |days: u32| i32::try_from(days).expect("days were checked");
    let (share, price) = match terms.owner {
        OwnerTerms::Agreed => (None, None),
        OwnerTerms::Share(share) => (Some(small(share.get())), None),
        OwnerTerms::Price(price) => (None, Some(price.minor)),
    };
    let (ending, pool) = match terms.ending {
        Ending::Return => ("return", None),
        Ending::Donate => ("donate", None),
        Ending::Pool(party) => ("pool", party.map(|party| party.0)),
    };
    let values = [
        actor.coop.0.into(),
        of.0.into(),
        version.into(),
        share.into(),
        price.into(),
        terms.minimum_price.map(|minimum| minimum.minor).into(),
        terms.currency().map(|currency| currency.code().to_owned()).into(),
        serde_json::to_string(&terms.markdowns).map_err(|error| DbErr::Json(error.to_string()))?.into(),
        terms.expires_after_days.map(small).into(),
        small(terms.grace_days).into(),
        ending.into(),
        pool.into(),
        actor.person().ok().map(|person| person.0).into(),
    ];
    let inserted = tx.query_one_raw(statement(INSERT, values)).await.map_err(|error| match db::sqlstate(&error) {
        Some(db::Sqlstate::ConstraintViolation) => {
            StockError::Invalid("whoever the goods are pooled to is a party of the co-op".to_owned())
        }
        _ => error.into(),
    })?;
    let row = inserted.ok_or_else(|| DbErr::RecordNotInserted)?;
    Ok(TermsId(row.try_get("", "version_id")?))
}
