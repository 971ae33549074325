//! What a kit is made of.

use db::{column, statement};
use kernel::{Actor, CoopId, Permission, VariantId};
use sea_orm::{ActiveEnum as _, ConnectionTrait, DbErr, DeriveActiveEnum, EnumIter, FromQueryResult};
use uuid::Uuid;

use crate::{
    drops::no_such_thing,
    promises::{PromiseError, Promises, positive},
};

/// Components of one kit.
pub const MAX_COMPONENTS: usize = 50;
const MAX_EACH: i32 = 1_000;
const MAX_WEIGHT: i64 = 1_000_000_000;

/// How the price of a kit is shared by its components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "kit_split")]
pub enum Split {
    /// By what the units cost by themselves, where and in what the kit is sold.
    #[sea_orm(string_value = "list_price")]
    ListPrice,
    /// By fixed weights.
    #[sea_orm(string_value = "weights")]
    Weights,
}

/// What a kit has in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Component {
    /// What.
    pub variant: VariantId,
    /// How many in each kit.
    pub quantity: i32,
    /// Its part in the price, where parts are fixed.
    pub weight: Option<i64>,
}

/// A kit to be made of a variant.
#[derive(Clone, Debug)]
pub struct NewKit {
    /// What is sold.
    pub variant: VariantId,
    /// How its price is shared.
    pub split: Split,
    /// What is in it, in the order in which it is shown.
    pub components: Vec<Component>,
}

/// A variant that is made of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kit {
    /// What is sold.
    pub variant: VariantId,
    /// How its price is shared.
    pub split: Split,
    /// What is in it, in the order in which it is shown.
    pub components: Vec<Component>,
}

#[derive(FromQueryResult)]
struct Row {
    variant_id: Uuid,
    split: Split,
    components: Vec<Uuid>,
    quantities: Vec<i32>,
    weights: Vec<i64>,
}

const READ: &str = "
select kit.variant_id, kit.split, parts.components, parts.quantities, parts.weights
from kit cross join lateral (
    select array_agg(part.variant_id order by position) as components, array_agg(part.quantity order by position) as quantities,
           array_agg(coalesce(part.weight, 0) order by position) as weights
    from kit_component part where part.coop_id = kit.coop_id and part.kit_id = kit.variant_id) parts";

impl From<Row> for Kit {
    fn from(row: Row) -> Self {
        let weight = |weight: i64| (row.split == Split::Weights).then_some(weight);
        let parts = row.components.into_iter().zip(row.quantities).zip(row.weights);
        let components =
            parts.map(|((variant, quantity), is)| Component { variant: VariantId(variant), quantity, weight: weight(is) }).collect();
        Self { variant: VariantId(row.variant_id), split: row.split, components }
    }
}

impl NewKit {
    fn checked(&self) -> Result<(), PromiseError> {
        let invalid = |sentence: String| Err(PromiseError::Invalid(sentence));
        let mut variants: Vec<VariantId> = self.components.iter().map(|component| component.variant).collect();
        variants.sort_unstable();
        variants.dedup();
        if variants.is_empty() || variants.len() != self.components.len() || variants.len() > MAX_COMPONENTS {
            return invalid(format!("a kit has 1 to {MAX_COMPONENTS} components, each named once"));
        }
        if variants.contains(&self.variant) {
            return invalid("a kit is not in itself".to_owned());
        }
        for component in &self.components {
            positive("the quantity of a component", component.quantity, MAX_EACH)?;
            match (self.split, component.weight) {
                (Split::ListPrice, None) => {}
                (Split::Weights, Some(weight)) if (0..=MAX_WEIGHT).contains(&weight) => {}
                (Split::Weights, _) => return invalid(format!("each component has a weight of 0 to {MAX_WEIGHT}")),
                (Split::ListPrice, Some(_)) => return invalid("where list prices count there are no weights".to_owned()),
            }
        }
        if self.split == Split::Weights && self.components.iter().all(|component| component.weight == Some(0)) {
            return invalid("at least one component weighs something".to_owned());
        }
        Ok(())
    }
}

impl Promises {
    /// Makes a kit of a variant, for good: another box is another variant. Again with the same components: the same kit.
    #[tracing::instrument(name = "kits.create", skip_all, fields(coop.id = %actor.coop, variant.id = %new.variant))]
    pub async fn create_kit(&self, actor: &Actor, new: NewKit) -> Result<Kit, PromiseError> {
        const INSERT: &str = "
            insert into kit (coop_id, variant_id, split, created_at) values ($1, $2, $3::kit_split, $4) on conflict do nothing";
        const PARTS: &str = "
            insert into kit_component (coop_id, kit_id, variant_id, split, position, quantity, weight)
            select $1, $2, variant_id, $3::kit_split, position - 1, quantity, case when $3 = 'weights' then weight end
            from unnest($4::uuid[], $5::int4[], $6::int8[]) with ordinality as part (variant_id, quantity, weight, position)";
        actor.require(Permission::StockWrite)?;
        new.checked()?;
        let (coop, split) = (actor.coop, new.split.to_value());
        let tx = db::begin(&self.db, coop).await?;
        if has_kit(&tx, coop, &new.components).await? {
            return Err(PromiseError::Invalid("a kit is made of things that lie somewhere, not of kits".to_owned()));
        }
        let values = [coop.0.into(), new.variant.0.into(), split.as_str().into(), self.clock.now().into()];
        if tx.execute_raw(statement(INSERT, values)).await.map_err(no_such_thing)?.rows_affected() > 0 {
            let parts = &new.components;
            let values = [
                coop.0.into(),
                new.variant.0.into(),
                split.into(),
                column(parts, |part| part.variant.0),
                column(parts, |part| part.quantity),
                column(parts, |part| part.weight.unwrap_or(0)),
            ];
            tx.execute_raw(statement(PARTS, values)).await.map_err(no_such_thing)?;
        }
        let made = get(&tx, coop, new.variant).await?;
        tx.commit().await?;
        if (made.split, &made.components) == (new.split, &new.components) { Ok(made) } else { Err(PromiseError::Taken) }
    }

    /// What a variant is made of.
    pub async fn kit(&self, coop: CoopId, variant: VariantId) -> Result<Kit, PromiseError> {
        let tx = db::begin(&self.db, coop).await?;
        let found = get(&tx, coop, variant).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The kits after that one, by number.
    pub async fn kits_page(&self, coop: CoopId, limit: i64, after: Option<VariantId>) -> Result<Vec<Kit>, PromiseError> {
        let sql = format!("{READ} where kit.coop_id = $1 and ($3::uuid is null or kit.variant_id > $3) order by kit.variant_id limit $2");
        let values = [coop.0.into(), limit.into(), after.map(|id| id.0).into()];
        let tx = db::begin(&self.db, coop).await?;
        let rows = Row::find_by_statement(statement(&sql, values)).all(&tx).await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(Kit::from).collect())
    }
}

async fn has_kit(tx: &db::Tx, coop: CoopId, components: &[Component]) -> Result<bool, DbErr> {
    const SOME: &str = "select exists (select from kit where coop_id = $1 and variant_id = any ($2)) as found";
    let values = [coop.0.into(), column(components, |component| component.variant.0)];
    tx.query_one_raw(statement(SOME, values)).await?.map_or(Ok(false), |row| row.try_get("", "found"))
}

/// The kit.
pub(super) async fn get(db: &impl ConnectionTrait, coop: CoopId, variant: VariantId) -> Result<Kit, PromiseError> {
    let sql = format!("{READ} where kit.coop_id = $1 and kit.variant_id = $2");
    let row = Row::find_by_statement(statement(&sql, [coop.0.into(), variant.0.into()])).one(db).await?;
    row.map(Kit::from).ok_or(PromiseError::NoKit(variant))
}
