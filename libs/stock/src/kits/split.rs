//! What of a kit's price belongs to which component, to the cent.

use kernel::{VariantId, largest_remainder};

/// A component and what it weighs in the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// Which.
    pub variant: VariantId,
    /// Its part in the price: what its units cost by themselves, or a number that the co-op fixed.
    pub weight: i64,
}

/// Shares a price by weights, largest remainder first, ties to the component that is named first. `None` when nothing weighs
/// anything.
pub fn shares(price: i64, components: &[Weighed]) -> Option<Vec<i64>> {
    largest_remainder(price, &components.iter().map(|component| component.weight).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn weighed(weights: &[i64]) -> Vec<Weighed> {
        weights.iter().map(|weight| Weighed { variant: VariantId(Uuid::nil()), weight: *weight }).collect()
    }

    #[test]
    fn b14_a_box_for_twenty_is_shared_by_what_its_parts_cost() {
        assert_eq!(shares(2_000, &weighed(&[1_500, 900, 600])), Some(vec![1_000, 600, 400]));
        assert_eq!(shares(100, &weighed(&[1, 1, 1])), Some(vec![34, 33, 33]));
        assert_eq!(shares(100, &weighed(&[0, 0])), None);
    }

    proptest! {
        #[test]
        fn b14_shares_sum_to_the_price_to_the_cent(
            price in 0..1_000_000_000_000_i64, weights in prop::collection::vec(0..1_000_000_000_i64, 1..20),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let components = weighed(&weights);
            let shares = shares(price, &components).expect("something weighs something");
            prop_assert_eq!(shares.iter().sum::<i64>(), price);
            let whole: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(price) * i128::from(*weight) / whole;
                prop_assert!((i128::from(*share) - exact).abs() <= 1);
                prop_assert!(*weight > 0 || *share == 0);
            }
        }
    }
}
