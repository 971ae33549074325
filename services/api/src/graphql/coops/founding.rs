//! Founding a co-op that can sell at once: the co-op, its founder and its default agreement, in one transaction.

use identity::{Founded, NewCoop};
use kernel::PersonId;
use orders::{Agreements, NewVersion};
use splits::{Agreement, Base, Layer, Owners, Payee, Percent, Rate, Share, Step};

use crate::graphql::{House, base::Answer};

/// The name of the agreement that a co-op begins with.
const DEFAULT_AGREEMENT: &str = "default";

/// Founds a co-op that keeps a share of each sale and gives the rest to the owners of what was sold. Nothing of it is
/// there unless all of it is.
pub(super) async fn found(house: &House, by: PersonId, new: NewCoop<'_>, share: Rate) -> Answer<Founded> {
    let now = house.clock.now();
    let tx = db::begin_many(&house.db, &[]).await?;
    let founded = identity::found_by(&tx, by, new, now).await?;
    let body = Agreement::new(new.name, steps(share));
    let version =
        NewVersion { layer: Layer::CoOp, name: DEFAULT_AGREEMENT, body: &body, adopted_by: Some("the founding"), effective_from: now };
    let adopted = orders::adopt(&tx, founded.coop.id, version).await?;
    orders::terms(&tx, &Agreements::default(), founded.coop.id, &[adopted.version]).await?;
    tx.commit().await?;
    Ok(founded)
}

fn steps(share: Rate) -> Vec<Step> {
    vec![
        Step::Percent(Percent { to: Payee::CoOp, of: Base::Gross, rate: share, floor: None, cap: None }),
        Step::Owners(Owners { share: Share::Rest }),
    ]
}
