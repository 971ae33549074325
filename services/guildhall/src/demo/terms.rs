//! The demo's agreements: what its members voted for, and what its venues, affiliates and contributors agreed to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{AgreementVersionId, CoopId, Month, PartyId};
use orders::{Agreements, NewVersion, TermsId};
use splits::{Agreement, Base, DiscountBearer, Fixed, Layer, Named, Owners, Payee, Per, Percent, Pool, Rate, Share, Step, Weighted};

use super::{
    cast::{AFFILIATES, CONTRIBUTORS, Partner, VENUES},
    month::{Place, PlannedLine, PlannedSale, SECOND_VERSION_DAY},
    opening::Parties,
};
use crate::failure::Failure;

/// All versions that the demo's sales are made under.
pub(super) struct Versions {
    default: [AgreementVersionId; 2],
    venues: Vec<AgreementVersionId>,
    affiliates: Vec<AgreementVersionId>,
    zine: AgreementVersionId,
}

fn rate(text: &str) -> Rate {
    text.parse().expect("the demo's rates are well formed")
}

fn percent(to: Payee, of: Base, part: &str) -> Step {
    Step::Percent(Percent { to, of, rate: rate(part), floor: None, cap: None })
}

fn to_pool(pool: PartyId, part: &str) -> Step {
    Step::Pool(Pool { pool: Payee::Party(pool), share: Share::Percent { rate: rate(part), of: Base::Remaining }, within: Vec::new() })
}

/// The first version: a tenth to the co-op, a little into the fund, the rest to the makers.
fn first(pool: PartyId) -> Agreement {
    let steps = vec![percent(Payee::CoOp, Base::Gross, "10 %"), to_pool(pool, "2 %"), Step::Owners(Owners { share: Share::Rest })];
    Agreement::new("Fair shares", steps)
}

/// The second version: less to the co-op, something for packing, more into the fund, and discounts are shared.
fn second(pool: PartyId) -> Agreement {
    let packing = Step::Fixed(Fixed { to: Payee::CoOp, amount: 25, per: Per::Sale });
    let steps = vec![percent(Payee::CoOp, Base::Gross, "8 %"), packing, to_pool(pool, "3 %"), Step::Owners(Owners { share: Share::Rest })];
    let mut agreement = Agreement::new("Fair shares", steps);
    agreement.currency = Some("EUR".parse().expect("the euro is a known currency"));
    agreement.discount = Some(DiscountBearer::Shared { co_op: rate("50 %") });
    agreement
}

/// Adopts all of them. The second version holds from its day on.
pub(super) async fn adopt(
    tx: &db::Tx,
    coop: CoopId,
    parties: &Parties,
    (month, begins, second_from): (Month, DateTime<Utc>, DateTime<Utc>),
) -> Result<Versions, Failure> {
    let vote = format!("vote of members, {month}-{:02}: 14 for, 2 against", SECOND_VERSION_DAY - 2);
    let adopt = async |layer, name: &str, body: &Agreement, by: &str, from| -> Result<AgreementVersionId, Failure> {
        let new = NewVersion { layer, name, body, adopted_by: Some(by), effective_from: from };
        Ok(orders::adopt(tx, coop, new).await?.version)
    };
    let default = [
        adopt(Layer::CoOp, "default", &first(parties.pool), "founding assembly", begins).await?,
        adopt(Layer::CoOp, "default", &second(parties.pool), &vote, second_from).await?,
    ];
    let of_partner = |partner: &Partner, payee| Agreement::new(partner.name, vec![percent(payee, Base::Gross, partner.share)]);
    let (mut venues, mut affiliates) = (Vec::new(), Vec::new());
    for venue in &VENUES {
        venues.push(adopt(Layer::Market, venue.handle, &of_partner(venue, Payee::Venue), "signed with the venue", begins).await?);
    }
    for partner in &AFFILIATES {
        let body = of_partner(partner, Payee::Affiliate);
        affiliates.push(adopt(Layer::Affiliate, partner.handle, &body, "signed with the affiliate", begins).await?);
    }
    let weighted = CONTRIBUTORS.map(|(handle, weight)| Weighted { to: Payee::Party(parties.named(handle)), weight });
    let mut zine = Agreement::new("The Harbour Zine", vec![Step::Named(Named { parties: weighted.to_vec(), share: Share::Rest })]);
    zine.discount = Some(DiscountBearer::CoOp); // its owners get nothing that they could share it from
    let zine = adopt(Layer::Product, "zine", &zine, "its contributors", begins).await?;
    Ok(Versions { default, venues, affiliates, zine })
}

impl Versions {
    /// The versions that lie over each other for a line.
    fn stack(&self, sale: &PlannedSale, line: &PlannedLine) -> Vec<AgreementVersionId> {
        let venue = match sale.place {
            Place::Stall { venue, .. } => Some(self.venues[venue]),
            Place::Web | Place::Stream => None,
        };
        let affiliate = sale.affiliate.map(|place| self.affiliates[place]);
        let zine = line.maker.is_none().then_some(self.zine);
        [Some(self.default[usize::from(sale.second_version)]), venue, affiliate, zine].into_iter().flatten().collect()
    }

    /// The terms of every line, sale by sale.
    pub(super) async fn terms(
        &self,
        tx: &db::Tx,
        agreements: &Agreements,
        coop: CoopId,
        sales: &[PlannedSale],
    ) -> Result<Vec<Vec<TermsId>>, Failure> {
        let mut known: HashMap<Vec<AgreementVersionId>, TermsId> = HashMap::new();
        let mut terms = Vec::with_capacity(sales.len());
        for sale in sales {
            let mut lines = Vec::with_capacity(sale.lines.len());
            for line in &sale.lines {
                let stack = self.stack(sale, line);
                if !known.contains_key(&stack) {
                    let new = orders::terms(tx, agreements, coop, &stack).await?;
                    known.insert(stack.clone(), new);
                }
                lines.push(known[&stack]);
            }
            terms.push(lines);
        }
        Ok(terms)
    }
}
