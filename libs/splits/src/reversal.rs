//! Sharing a refund over the legs of a sale by a house-monotone method (Webster's, also called Sainte-Laguë's).
//!
//! Think of each leg of `w` units as falling due unit by unit while the sale is refunded from 0 to all of it: unit `k`
//! (from 1) at time `(2k - 1) / 2w`. After `t` units of refund the first `t` units in the order of (time, position of the
//! leg) have been returned. This is a function of `t` alone, so the order and the sizes of refunds cannot matter; it only
//! grows, so no refund ever pays anybody back; it ends exactly at the legs. Cost: O(n log n) for n legs, whatever `t` is.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use crate::ReversalError;

/// How much of each weight has been returned when `t` units have been, of their sum: one value per weight, none above its
/// weight, summing to `t`. No weight may be negative; ties go to the earlier weight, so callers sort by a stable key.
pub fn returned_after(weights: &[i64], t: i64) -> Result<Vec<i64>, ReversalError> {
    let whole = sum(weights)?;
    match t {
        t if t < 0 => Err(ReversalError::OutOfRange { value: t }),
        t if t > whole => Err(ReversalError::TooMuch { refund: t, left: whole }),
        t => Ok(apportion(weights, t, whole)),
    }
}

/// What each weight returns in a refund of `refund` units after `already` have been returned. Never negative.
pub fn reverse(weights: &[i64], already: i64, refund: i64) -> Result<Vec<i64>, ReversalError> {
    let before = returned_after(weights, already)?;
    if refund < 0 {
        return Err(ReversalError::OutOfRange { value: refund });
    }
    let left = sum(weights)? - already;
    if refund > left {
        return Err(ReversalError::TooMuch { refund, left });
    }
    let after = returned_after(weights, already + refund)?;
    Ok(after.into_iter().zip(before).map(|(after, before)| after - before).collect())
}

fn sum(weights: &[i64]) -> Result<i64, ReversalError> {
    weights.iter().try_fold(0_i64, |sum, weight| {
        let out_of_range = ReversalError::OutOfRange { value: *weight };
        if *weight < 0 { Err(out_of_range) } else { sum.checked_add(*weight).ok_or(out_of_range) }
    })
}

/// Webster's apportionment of `seats` by weights that sum to `whole`; more seats than `whole` go on by the same rule.
/// All zeros when `whole` is 0.
pub(crate) fn apportion(weights: &[i64], seats: i64, whole: i64) -> Vec<i64> {
    if whole == 0 {
        return vec![0; weights.len()];
    }
    // Rounding each exact share half up takes precisely the units due at or before `seats / whole`: a prefix of the order.
    let exact = |weight: &i64| {
        let doubled = 2 * i128::from(*weight) * i128::from(seats) + i128::from(whole);
        i64::try_from(doubled / (2 * i128::from(whole))).expect("a share is no larger than the seats")
    };
    let mut given: Vec<i64> = weights.iter().map(exact).collect();
    let total: i128 = given.iter().map(|units| i128::from(*units)).sum();
    // At most half a unit per weight is left to move.
    let mut missing = i128::from(seats) - total;
    if missing > 0 {
        let mut next: BinaryHeap<Reverse<Unit>> = units(weights, |at| given[at] + 1).map(Reverse).collect();
        while missing > 0 {
            let Some(Reverse(unit)) = next.pop() else { break };
            given[unit.at] += 1;
            missing -= 1;
            next.push(Reverse(Unit { number: unit.number + 1, ..unit }));
        }
    } else {
        let mut last: BinaryHeap<Unit> = units(weights, |at| given[at]).filter(|unit| unit.number > 0).collect();
        while missing < 0 {
            let Some(unit) = last.pop() else { break };
            given[unit.at] -= 1;
            missing += 1;
            if unit.number > 1 {
                last.push(Unit { number: unit.number - 1, ..unit });
            }
        }
    }
    given
}

fn units(weights: &[i64], number: impl Fn(usize) -> i64) -> impl Iterator<Item = Unit> {
    weights.iter().enumerate().filter(|(_, weight)| **weight > 0).map(move |(at, weight)| Unit { number: number(at), weight: *weight, at })
}

/// The `number`-th unit (from 1) of the leg at `at`, ordered by when it falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unit {
    number: i64,
    weight: i64,
    at: usize,
}

impl Ord for Unit {
    fn cmp(&self, other: &Self) -> Ordering {
        // (2k - 1) / 2w compared crosswise: below 2^64 * 2^63, so it fits i128.
        let crossed = |unit: &Self, by: &Self| (2 * i128::from(unit.number) - 1) * i128::from(by.weight);
        crossed(self, other).cmp(&crossed(other, self)).then(self.at.cmp(&other.at))
    }
}

impl PartialOrd for Unit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_equal_legs_return_in_turn() {
        let after: Vec<Vec<i64>> = (0..=6).map(|t| returned_after(&[2, 2, 2], t).unwrap()).collect();
        assert_eq!(after, [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [2, 1, 1], [2, 2, 1], [2, 2, 2]]);
    }

    #[test]
    fn the_largest_amounts_neither_overflow_nor_lose_a_unit() {
        let weights = [i64::MAX - 3, 1, 1, 1];
        assert_eq!(returned_after(&weights, i64::MAX).unwrap(), weights);
        assert_eq!(returned_after(&weights, i64::MAX / 2).unwrap().iter().sum::<i64>(), i64::MAX / 2);
    }

    #[test]
    fn more_than_is_left_is_refused() {
        assert_eq!(reverse(&[60, 40], 70, 31), Err(ReversalError::TooMuch { refund: 31, left: 30 }));
        assert_eq!(reverse(&[60, 40], 0, -1), Err(ReversalError::OutOfRange { value: -1 }));
        assert_eq!(reverse(&[60, -40], 0, 1), Err(ReversalError::OutOfRange { value: -40 }));
        assert_eq!(reverse(&[i64::MAX, 1], 0, 1), Err(ReversalError::OutOfRange { value: 1 }));
    }
}
