//! Labels for lots: what is printed on a thing to say what it is and whose.
//!
//! The code is an address, the shop's own with an opaque name for the lot at its end. Whoever scans it asks for the lot of that
//! name, and is told the owner; the name itself tells nothing.

use chrono::{DateTime, Utc};
use data_encoding::Specification;
use db::statement;
use documents::{Label, render_labels};
use identity::Coop;
use kernel::{LocationId, LotId, Money, PartyId, VariantId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use uuid::Uuid;

pub use documents::{LabelSheet, MAX_LABELS};

use crate::ImportsError;

/// Which lots get labels, and on what.
#[derive(Clone, Debug)]
pub struct LabelAsk {
    /// The lots; empty: all that lie somewhere and fit what follows.
    pub lots: Vec<LotId>,
    /// Only those of this owner.
    pub owner: Option<PartyId>,
    /// Only what lies there.
    pub location: Option<LocationId>,
    /// How many for each lot; `None`: as many as its units that lie there.
    pub copies: Option<u32>,
    /// The paper.
    pub sheet: LabelSheet,
    /// Places on the first sheet that are used up.
    pub skip: usize,
    /// Where the co-op's people find it, as in `https://harbour.example`.
    pub origin: String,
}

/// What a label names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledLot {
    /// The lot.
    pub lot: LotId,
    /// Whose it is.
    pub owner: PartyId,
    /// The owner's name.
    pub owner_name: String,
    /// What it is of.
    pub variant: VariantId,
    /// Its SKU.
    pub sku: String,
    /// The product's title, in its own language.
    pub title: String,
    /// A value for each option.
    pub options: Vec<String>,
    /// What it costs, where it has a price for all channels.
    pub price: Option<Money>,
    /// How many units lie where labels were asked for.
    pub units: i32,
    /// Since when its owner wants it back.
    pub recalled_at: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct Row {
    lot_id: Uuid,
    party_id: i64,
    owner_name: String,
    variant_id: Uuid,
    sku: String,
    title: String,
    options: Vec<String>,
    amount: Option<i64>,
    units: i32,
    recalled_at: Option<DateTime<Utc>>,
}

macro_rules! lots {
    ($from:literal) => {
        concat!(
            "select lot.lot_id, lot.party_id, party.name as owner_name, lot.variant_id, variant.sku, text.title, variant.options,
                    lot.recalled_at, lot.units,
                    (select price.amount from offer join price on price.coop_id = $1 and price.offer_id = offer.offer_id
                     where offer.coop_id = $1 and offer.variant_id = lot.variant_id and offer.party_id = lot.party_id
                       and price.currency = $2 and price.channel = 'all') as amount
             from ",
            $from,
            "
             cross join lateral (select name from party where coop_id = $1 and party_id = lot.party_id offset 0) party
             cross join lateral (select product_id, sku, options from variant
                 where coop_id = $1 and variant_id = lot.variant_id offset 0) variant
             cross join lateral (select product_id, language from product
                 where coop_id = $1 and product_id = variant.product_id offset 0) product
             cross join lateral (select title from product_text
                 where coop_id = $1 and product_id = product.product_id and language = product.language offset 0) text
             order by text.title, variant.sku, lot.lot_id"
        )
    };
}

const NAMED: &str = lots!(
    "unnest($3::uuid[]) as asked (id)
     cross join lateral (select lot.*, coalesce((select sum(on_hand) from stock where coop_id = $1 and lot_id = asked.id
             and (location_id = $5 or $5 = '00000000-0000-0000-0000-000000000000')), 0)::int4 as units
         from lot where coop_id = $1 and lot_id = asked.id and (party_id = $4 or $4 = 0) offset 0) lot"
);
const LYING: &str = lots!(
    "(select lot.*, lying.units from (
          select lot_id, sum(on_hand)::int4 as units from stock where coop_id = $1 and stocked
             and (location_id = $5 or $5 = '00000000-0000-0000-0000-000000000000') group by lot_id) lying
      cross join lateral (select * from lot where coop_id = $1 and lot_id = lying.lot_id and closed_at is null and recalled_at is null
          and (party_id = $4 or $4 = 0) offset 0) lot
      where cardinality($3::uuid[]) = 0) lot"
);

/// Sets the labels of lots on sheets, as a PDF file: the same lots at the same prices on the same day are the same bytes.
pub async fn label_sheet(db: &impl ConnectionTrait, coop: &Coop, ask: &LabelAsk, now: DateTime<Utc>) -> Result<Vec<u8>, ImportsError> {
    let lots = lots(db, coop, ask).await?;
    if let Some(missing) = ask.lots.iter().find(|asked| lots.iter().all(|lot| lot.lot != **asked)) {
        return Err(ImportsError::NoLot(missing.0));
    }
    let copies = |lot: &LabelledLot| ask.copies.map_or(usize::try_from(lot.units).unwrap_or(0), |copies| copies as usize);
    let count: usize = lots.iter().map(copies).sum();
    if count == 0 {
        return Err(ImportsError::Ask("there is nothing to label: no units of these lots lie there".to_owned()));
    }
    if count + ask.skip > MAX_LABELS {
        return Err(ImportsError::Ask(format!(
            "these are {count} labels; {MAX_LABELS} are the most at once, so ask for one location or maker"
        )));
    }
    let labels: Vec<Label> = lots.iter().flat_map(|lot| std::iter::repeat_n(label(lot, &ask.origin), copies(lot))).collect();
    let day = now.with_timezone(&coop.zone).date_naive();
    render_labels(&format!("Labels of {}", coop.name), day, &ask.sheet, &labels, ask.skip).map_err(|error| match error {
        documents::DocumentError::Sheet | documents::DocumentError::Labels(_) | documents::DocumentError::Code(_) => {
            ImportsError::Ask(error.to_string())
        }
        _ => error.into(),
    })
}

async fn lots(db: &impl ConnectionTrait, coop: &Coop, ask: &LabelAsk) -> Result<Vec<LabelledLot>, DbErr> {
    let values = [
        coop.id.0.into(),
        coop.currency.code().into(),
        db::column(&ask.lots, |lot| lot.0),
        ask.owner.map_or(0, |owner| owner.0).into(),
        ask.location.map_or(Uuid::nil(), |location| location.0).into(),
    ];
    let sql = if ask.lots.is_empty() { LYING } else { NAMED };
    let rows = db.query_all_raw(statement(sql, values)).await?;
    rows.iter().map(|row| Ok(lot(Row::from_query_result(row, "")?, coop))).collect()
}

fn lot(row: Row, coop: &Coop) -> LabelledLot {
    LabelledLot {
        lot: LotId(row.lot_id),
        owner: PartyId(row.party_id),
        owner_name: row.owner_name,
        variant: VariantId(row.variant_id),
        sku: row.sku,
        title: row.title,
        options: row.options,
        price: row.amount.map(|minor| Money::new(minor, coop.currency)),
        units: row.units,
        recalled_at: row.recalled_at,
    }
}

fn label(lot: &LabelledLot, origin: &str) -> Label {
    let code = code_of(lot.lot);
    Label {
        code: format!("{}/l/{code}", origin.trim_end_matches('/')),
        title: lot.title.clone(),
        variant: lot.options.join(" · "),
        maker: lot.owner_name.clone(),
        price: lot.price.map_or_else(String::new, |price| price.to_string()),
        note: format!("{} · {}", lot.sku, &code[code.len() - 6..]),
    }
}

/// The lot that a scanned label names: its whole address, or the code at its end. `None` where no lot of the co-op has it.
pub async fn find_label(db: &impl ConnectionTrait, coop: &Coop, scanned: &str) -> Result<Option<LabelledLot>, DbErr> {
    let Some(lot) = lot_of(scanned) else { return Ok(None) };
    let ask = LabelAsk {
        lots: vec![lot],
        owner: None,
        location: None,
        copies: None,
        sheet: LabelSheet::KNOWN[0].1,
        skip: 0,
        origin: String::new(),
    };
    Ok(lots(db, coop, &ask).await?.pop())
}

/// Letters and digits that nobody takes for one another, in lower case.
fn alphabet() -> data_encoding::Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    specification.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    specification.encoding().expect("32 symbols make an encoding")
}

fn code_of(lot: LotId) -> String {
    alphabet().encode(lot.0.as_bytes())
}

fn lot_of(scanned: &str) -> Option<LotId> {
    let scanned = scanned.trim();
    let code = scanned.rsplit('/').next()?;
    let bytes = alphabet().decode(code.as_bytes()).ok()?;
    Uuid::from_slice(&bytes).ok().map(LotId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_one_lot_also_as_people_type_it() {
        let lot = LotId(Uuid::from_u128(0x0192_f0c1_5a3e_7b11_8f7a_2c4d_6e80_91ab));
        let code = code_of(lot);
        assert_eq!(code.len(), 26);
        for text in
            [code.clone(), code.to_uppercase(), format!("https://harbour.example/l/{code}"), format!(" {code}\n"), code.replace('0', "O")]
        {
            assert_eq!(lot_of(&text), Some(lot), "{text}");
        }
        for text in ["", "https://harbour.example/l/", "not a code", &code[1..], "uuuuuuuuuuuuuuuuuuuuuuuuuu"] {
            assert_eq!(lot_of(text), None, "{text}");
        }
    }
}
