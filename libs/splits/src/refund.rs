//! Turning back a part of an allocated line.

use crate::{Allocation, Leg, Purpose, Recipient, ReversalError, reversal::apportion};

/// Who gives back what when `refund` minor units of a line go back to the buyer after `already` did: amounts sum to
/// `refund`, one leg per recipient and purpose, none zero, sorted.
///
/// - Each leg's returned total is a function of the refunded total alone, grows with it, and ends at the leg
///   (see [`crate::returned_after`]); so refunds of any sizes in any order come to the same.
/// - The processor keeps its fee. Its leg's part is given by those in [`Allocation::lost_fee_bearers`], by weight and by the same method, as
///   legs of purpose [`Purpose::LostFee`].
/// - Negative legs (of a bearer) run back by the same rule beside the positive ones: when they sum to `-n` of a gross of
///   `g`, `floor(n t / g)` of them has run back after `t`, and the positive legs have returned `t` plus that. Amounts of
///   such legs are negative here: the bearer gets back what it put in. A line for which nothing was paid has nothing to refund.
pub fn refund_legs(allocation: &Allocation, already: i64, refund: i64) -> Result<Vec<Leg>, ReversalError> {
    for value in [already, refund] {
        if value < 0 {
            return Err(ReversalError::OutOfRange { value });
        }
    }
    let left = allocation.gross.saturating_sub(already);
    if refund > left {
        return Err(ReversalError::TooMuch { refund, left });
    }
    let before = returned(allocation, already)?;
    let after = returned(allocation, already + refund)?;
    let changes = after.into_iter().zip(before).map(|(after, before)| Leg { amount: after.amount - before.amount, ..after });
    let mut legs: Vec<Leg> = changes.filter(|leg| leg.amount != 0).collect();
    legs.sort_by(|a, b| (a.to, &a.purpose).cmp(&(b.to, &b.purpose)));
    Ok(legs)
}

/// All that has been returned after `t`: always the same legs in the same order.
fn returned(allocation: &Allocation, t: i64) -> Result<Vec<Leg>, ReversalError> {
    let sizes = |sign: i64| -> Vec<i64> { allocation.legs.iter().map(|leg| leg.amount.saturating_mul(sign).max(0)).collect() };
    let (given, borne) = (sizes(1), sizes(-1));
    let (given_sum, borne_sum) = (total(&given)?, total(&borne)?);
    let run_back = match allocation.gross {
        0 => 0,
        gross => i128::from(borne_sum) * i128::from(t) / i128::from(gross),
    };
    let run_back = i64::try_from(run_back).expect("no more runs back than was borne");
    let given = apportion(&given, t + run_back, given_sum);
    let borne = apportion(&borne, run_back, borne_sum);
    let mut legs = Vec::with_capacity(2 * allocation.legs.len());
    let mut lost = 0;
    for ((leg, given), borne) in allocation.legs.iter().zip(given).zip(borne) {
        match leg.to {
            Recipient::Processor => lost = given,
            Recipient::Party(_) | Recipient::Tax => legs.push(Leg { amount: given - borne, ..leg.clone() }),
        }
    }
    let bearers = allocation.lost_fee_bearers();
    let weights: Vec<i64> = bearers.iter().map(|bearing| bearing.weight).collect();
    let lost = apportion(&weights, lost, total(&weights)?);
    legs.extend(bearers.iter().zip(lost).map(|(bearing, amount)| Leg {
        to: Recipient::Party(bearing.party),
        purpose: Purpose::LostFee,
        amount,
    }));
    Ok(legs)
}

fn total(weights: &[i64]) -> Result<i64, ReversalError> {
    weights.iter().try_fold(0_i64, |sum, weight| sum.checked_add(*weight).ok_or(ReversalError::OutOfRange { value: *weight }))
}
