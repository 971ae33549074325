//! How a cost is shared: pure.

use kernel::{PartyId, largest_remainder};
use sea_orm::{DeriveActiveEnum, EnumIter};

/// By what a cost is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "cost_rule")]
pub enum Rule {
    /// Everybody the same.
    #[sea_orm(string_value = "equal")]
    Equal,
    /// By what each earned from sales in the month, net of what was given back.
    #[sea_orm(string_value = "sales")]
    Sales,
    /// By a number that each was given: square metres, kilograms.
    #[sea_orm(string_value = "measure")]
    Measure,
}

/// What each sharer pays of an amount, to the cent: largest remainder, ties to the sharer who comes first. `None` when nobody
/// weighs anything.
pub fn shares(amount: i64, weights: &[(PartyId, i64)]) -> Option<Vec<(PartyId, i64)>> {
    let parts = largest_remainder(amount, &weights.iter().map(|(_, weight)| *weight).collect::<Vec<_>>())?;
    Some(weights.iter().zip(parts).map(|((party, _), part)| (*party, part)).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn d13_a_rent_is_shared_by_square_metres_to_the_cent() {
        let shared = shares(100_001, &[(PartyId(1), 12), (PartyId(2), 6), (PartyId(3), 6)]).unwrap();
        assert_eq!(shared, [(PartyId(1), 50_001), (PartyId(2), 25_000), (PartyId(3), 25_000)]);
        assert_eq!(shares(100, &[(PartyId(1), 0), (PartyId(2), 0)]), None);
    }

    proptest! {
        #[test]
        fn d13_shares_sum_to_the_cost_and_who_weighs_nothing_pays_nothing(
            amount in 1..1_000_000_000_000_i64, weights in prop::collection::vec(0..1_000_000_000_i64, 1..40),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let sharers: Vec<_> = (1..).map(PartyId).zip(weights).collect();
            let shared = shares(amount, &sharers).expect("somebody weighs something");
            prop_assert_eq!(shared.iter().map(|(_, part)| part).sum::<i64>(), amount);
            for ((_, weight), (_, part)) in sharers.iter().zip(&shared) {
                prop_assert!(*part >= 0 && (*weight > 0 || *part == 0));
            }
        }
    }
}
