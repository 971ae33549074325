//! Making, changing and reading drops.

use chrono::{DateTime, SubsecRound as _, Utc};
use db::{Sqlstate, column, sqlstate, statement};
use kernel::{Actor, CoopId, Permission, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

use super::{Lead, Opening};
use crate::promises::{Buyer, DropId, PromiseError, Promises, name, positive};

/// Variants in one drop.
pub const MAX_VARIANTS: usize = 100;
/// Leads of one drop.
pub const MAX_LEADS: usize = 20;
const MAX_UNITS: i32 = 1_000_000;
const MAX_HOLD_MINUTES: i32 = 10_080;
const MAX_LEAD_MINUTES: i32 = 525_600;
const MAX_LEVEL: i32 = 1_000;

/// A drop to be made.
#[derive(Clone, Debug)]
pub struct NewDrop {
    /// Its number: making it again with it is the same drop.
    pub id: DropId,
    /// What people call it.
    pub name: String,
    /// When it takes place.
    pub opening: Opening,
    /// Units that one buyer may have.
    pub per_buyer: i32,
    /// Units in all.
    pub quantity: i32,
    /// How long a claim is held.
    pub hold_minutes: i32,
    /// What is in it.
    pub variants: Vec<VariantId>,
}

/// What of a drop is to be different.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChangeDrop {
    /// When it opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// When it is over.
    pub ends_at: Option<DateTime<Utc>>,
    /// Units that one buyer may have.
    pub per_buyer: Option<i32>,
    /// Units in all.
    pub quantity: Option<i32>,
}

/// A drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drop {
    /// Its number.
    pub id: DropId,
    /// What people call it.
    pub name: String,
    /// When it takes place.
    pub opening: Opening,
    /// Units that one buyer may have.
    pub per_buyer: i32,
    /// Units in all.
    pub quantity: i32,
    /// Units that are held or sold.
    pub taken: i32,
    /// How long a claim is held.
    pub hold_minutes: i32,
    /// What is in it.
    pub variants: Vec<VariantId>,
}

#[derive(FromQueryResult)]
struct Row {
    drop_id: Uuid,
    name: String,
    opens_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    per_buyer: i32,
    quantity: i32,
    taken: i32,
    hold_minutes: i32,
    variants: Vec<Uuid>,
    levels: Vec<i16>,
    minutes: Vec<i32>,
}

const READ: &str = "
select drop_id, name, opens_at, ends_at, per_buyer, quantity, taken, hold_minutes,
       array(select variant_id from drop_variant part where part.coop_id = $1 and part.drop_id = of_coop.drop_id order by 1) as variants,
       array(select level from drop_lead lead where lead.coop_id = $1 and lead.drop_id = of_coop.drop_id order by level) as levels,
       array(select minutes from drop_lead lead where lead.coop_id = $1 and lead.drop_id = of_coop.drop_id order by level) as minutes
from drop_sale of_coop";

impl From<Row> for Drop {
    fn from(row: Row) -> Self {
        let leads = row.levels.into_iter().zip(row.minutes).map(|(level, minutes)| Lead { level, minutes }).collect();
        Self {
            id: DropId(row.drop_id),
            name: row.name,
            opening: Opening { opens_at: row.opens_at, ends_at: row.ends_at, leads },
            per_buyer: row.per_buyer,
            quantity: row.quantity,
            taken: row.taken,
            hold_minutes: row.hold_minutes,
            variants: row.variants.into_iter().map(VariantId).collect(),
        }
    }
}

impl NewDrop {
    /// The same, as the database would keep it; or why it will not do.
    fn checked(mut self) -> Result<Self, PromiseError> {
        let invalid = |sentence: String| Err(PromiseError::Invalid(sentence));
        self.name = name(&self.name)?;
        positive("the limit of a buyer", self.per_buyer, MAX_UNITS)?;
        positive("the quantity", self.quantity, MAX_UNITS)?;
        positive("the minutes of a hold", self.hold_minutes, MAX_HOLD_MINUTES)?;
        self.variants.sort_unstable();
        self.variants.dedup();
        if self.variants.is_empty() || self.variants.len() > MAX_VARIANTS {
            return invalid(format!("a drop has 1 to {MAX_VARIANTS} variants"));
        }
        let Opening { opens_at, ends_at, leads } = &mut self.opening;
        *opens_at = opens_at.trunc_subsecs(6);
        *ends_at = ends_at.map(|at| at.trunc_subsecs(6));
        if ends_at.is_some_and(|ends_at| ends_at <= *opens_at) {
            return invalid("a drop ends after it opens".to_owned());
        }
        leads.sort_unstable();
        for lead in leads.iter() {
            positive("a level", i32::from(lead.level), MAX_LEVEL)?;
            positive("the minutes of a lead", lead.minutes, MAX_LEAD_MINUTES)?;
        }
        if leads.len() > MAX_LEADS || leads.windows(2).any(|pair| pair[0].level == pair[1].level) {
            return invalid(format!("a drop has at most {MAX_LEADS} leads, one for each level"));
        }
        Ok(self)
    }
}

impl Promises {
    /// Makes a drop. Again with the same number: the same drop.
    #[tracing::instrument(name = "drops.create", skip_all, fields(coop.id = %actor.coop, drop.id = %new.id))]
    pub async fn create_drop(&self, actor: &Actor, new: NewDrop) -> Result<Drop, PromiseError> {
        actor.require(Permission::StockWrite)?;
        let new = new.checked()?;
        let tx = db::begin(&self.db, actor.coop).await?;
        if insert(&tx, actor.coop, &new, self.clock.now()).await? {
            insert_parts(&tx, actor.coop, &new).await?;
        }
        let made = get(&tx, actor.coop, new.id).await?;
        tx.commit().await?;
        let told = Drop { taken: 0, ..made.clone() };
        let NewDrop { id, name, opening, per_buyer, quantity, hold_minutes, variants } = new;
        let wanted = Drop { id, name, opening, per_buyer, quantity, taken: 0, hold_minutes, variants };
        if told == wanted { Ok(made) } else { Err(PromiseError::Taken) }
    }

    /// Changes limits and moments. No limit goes below what is taken.
    #[tracing::instrument(name = "drops.change", skip_all, fields(coop.id = %actor.coop, drop.id = %id))]
    pub async fn change_drop(&self, actor: &Actor, id: DropId, change: ChangeDrop) -> Result<Drop, PromiseError> {
        const CHANGE: &str = "
            update drop_sale set opens_at = coalesce($3, opens_at), ends_at = coalesce($4, ends_at), per_buyer = coalesce($5, per_buyer),
                quantity = coalesce($6, quantity)
            where coop_id = $1 and drop_id = $2";
        actor.require(Permission::StockWrite)?;
        for (what, number) in [("the limit of a buyer", change.per_buyer), ("the quantity", change.quantity)] {
            number.map_or(Ok(1), |number| positive(what, number, MAX_UNITS))?;
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        let was = get(&tx, actor.coop, id).await?;
        let opens_at = change.opens_at.unwrap_or(was.opening.opens_at);
        if change.ends_at.or(was.opening.ends_at).is_some_and(|ends_at| ends_at <= opens_at) {
            return Err(PromiseError::Invalid("a drop ends after it opens".to_owned()));
        }
        let values = [
            actor.coop.0.into(),
            id.0.into(),
            change.opens_at.into(),
            change.ends_at.into(),
            change.per_buyer.into(),
            change.quantity.into(),
        ];
        tx.execute_raw(statement(CHANGE, values)).await.map_err(below_taken)?;
        let changed = get(&tx, actor.coop, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Says how far a buyer has come as a contributor, for early access.
    pub async fn set_level(&self, actor: &Actor, buyer: &Buyer, level: i16) -> Result<i16, PromiseError> {
        const SET: &str = "
            insert into buyer_level (coop_id, buyer, level) values ($1, $2, $3)
            on conflict (coop_id, buyer) do update set level = excluded.level";
        actor.require(Permission::StockWrite)?;
        if !(0..=MAX_LEVEL).contains(&i32::from(level)) {
            return Err(PromiseError::Invalid(format!("a level is 0 to {MAX_LEVEL}")));
        }
        let tx = db::begin(&self.db, actor.coop).await?;
        tx.execute_raw(statement(SET, [actor.coop.0.into(), buyer.as_str().into(), level.into()])).await?;
        tx.commit().await?;
        Ok(level)
    }

    /// A drop.
    pub async fn drop(&self, coop: CoopId, id: DropId) -> Result<Drop, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = get(&tx, coop, id).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The drops after that one, by when they open, latest first.
    pub async fn drops_page(&self, coop: CoopId, limit: i64, after: Option<(DateTime<Utc>, DropId)>) -> Result<Vec<Drop>, PromiseError> {
        let sql = format!(
            "{READ} where coop_id = $1 and ($3::timestamptz is null or (opens_at, drop_id) < ($3, $4)) order by opens_at desc, drop_id desc limit $2"
        );
        let (at, id) = after.map_or((None, None), |(at, id)| (Some(at), Some(id.0)));
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, [coop.0.into(), limit.into(), at.into(), id.into()])).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Drop::from).collect())
    }
}

/// The drop.
pub(super) async fn get(db: &impl ConnectionTrait, coop: CoopId, id: DropId) -> Result<Drop, PromiseError> {
    let sql = format!("{READ} where coop_id = $1 and drop_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), id.0.into()])).one(db).await?;
    row.map(Drop::from).ok_or(PromiseError::NoDrop(id))
}

async fn insert(tx: &db::Tx, coop: CoopId, new: &NewDrop, now: DateTime<Utc>) -> Result<bool, DbErr> {
    const INSERT: &str = "
        insert into drop_sale (coop_id, drop_id, name, opens_at, ends_at, per_buyer, quantity, hold_minutes, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing";
    let values = [
        coop.0.into(),
        new.id.0.into(),
        new.name.as_str().into(),
        new.opening.opens_at.into(),
        new.opening.ends_at.into(),
        new.per_buyer.into(),
        new.quantity.into(),
        new.hold_minutes.into(),
        now.into(),
    ];
    Ok(tx.execute_raw(statement(INSERT, values)).await?.rows_affected() > 0)
}

async fn insert_parts(tx: &db::Tx, coop: CoopId, new: &NewDrop) -> Result<(), PromiseError> {
    const VARIANTS: &str = "
        insert into drop_variant (coop_id, drop_id, variant_id) select $1, $2, variant_id from unnest($3::uuid[]) as part (variant_id)";
    const LEADS: &str = "
        insert into drop_lead (coop_id, drop_id, level, minutes)
        select $1, $2, level, minutes from unnest($3::int2[], $4::int4[]) as lead (level, minutes)";
    let variants = column(&new.variants, |variant| variant.0);
    tx.execute_raw(statement(VARIANTS, [coop.0.into(), new.id.0.into(), variants])).await.map_err(no_such_thing)?;
    let leads = &new.opening.leads;
    if !leads.is_empty() {
        let values = [coop.0.into(), new.id.0.into(), column(leads, |lead| lead.level), column(leads, |lead| lead.minutes)];
        tx.execute_raw(statement(LEADS, values)).await?;
    }
    Ok(())
}

/// What a foreign key does not find is not there.
pub(crate) fn no_such_thing(error: DbErr) -> PromiseError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => PromiseError::NoSuchThing,
        _ => error.into(),
    }
}

/// A counter stands above the limit that was to be.
pub(crate) fn below_taken(error: DbErr) -> PromiseError {
    match sqlstate(&error) {
        Some(Sqlstate::ConstraintViolation) => PromiseError::BelowTaken,
        _ => error.into(),
    }
}
