//! How an allocation came about, step by step: structured values and the step's text, put into sentences only when read.

use std::{fmt::Write, sync::Arc};

use kernel::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::{Layer, Payee, Recipient};

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceStep {
    /// The layer the step came from.
    pub layer: Layer,
    /// Its number in that layer's agreement, from 1; 0 for a rule that is not a numbered step.
    pub number: u16,
    /// The step as people read it: the rule.
    pub text: Arc<str>,
    /// What the rule was applied to, in minor units; for a fixed amount what was left.
    pub base: i64,
    /// What the step gave in all, in minor units.
    pub result: i64,
    /// Who got it (or, negative, who carried it).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// How the result of a percentage was rounded; absent when it was exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// What else happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A recipient's part of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who.
    pub to: Recipient,
    /// Minor units.
    pub amount: i64,
    /// Whether one unit of it is a rounding unit, given for the largest remainder.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rounded_up: bool,
}

/// The result less the exact value, in millionths of a minor unit: -500000 when half a unit was left to what remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rounding(pub i32);

/// What else happened in a step. Amounts are minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The payee has no part in this sale: the step is skipped, or its part goes to the others.
    Absent(Payee),
    /// Raised to the floor.
    Floor,
    /// Lowered to the cap.
    Cap,
    /// Less than the rule asks for, because no more is left or no more is due.
    ShortBy(i64),
    /// The bearer of shortfalls paid this much.
    Borne(i64),
    /// The advance is paid back, or limits the step.
    Outstanding(i64),
    /// The payee's base so far, from which the tiers count.
    SoFar(i64),
    /// The units for which a fixed amount was paid.
    Units(i64),
    /// Sold before the first bracket begins.
    NotBegun,
    /// Nobody named is in this sale, so the co-op keeps it.
    KeptByCoOp,
    /// Lots with a fixed price left this much to the co-op.
    Margin(i64),
}

impl TraceStep {
    /// The step as a sentence with its amounts in `currency`.
    pub fn explained(&self, currency: Currency) -> String {
        let money = |minor: i64| Money::new(minor, currency).shown().to_string();
        let mut line = format!("{}", self.layer);
        if self.number > 0 {
            let _ = write!(line, " {}", self.number);
        }
        let _ = write!(line, ": {}: {} of {}", self.text, money(self.result), money(self.base));
        if let Some(Rounding(millionths)) = self.rounding {
            let _ = write!(line, ", rounded {}", if millionths > 0 { "up" } else { "down" });
        }
        for part in &self.parts {
            let extra = if part.rounded_up { " with the rounding unit" } else { "" };
            let _ = write!(line, "; {} {}{extra}", part.to, money(part.amount));
        }
        for note in &self.notes {
            let _ = match note {
                Note::Absent(payee) => write!(line, "; {payee} has no part in this sale"),
                Note::Floor => write!(line, "; raised to the floor"),
                Note::Cap => write!(line, "; lowered to the cap"),
                Note::ShortBy(by) => write!(line, "; short by {}", money(*by)),
                Note::Borne(by) => write!(line, "; {} borne by who bears shortfalls", money(*by)),
                Note::Outstanding(left) => write!(line, "; {} of the advance outstanding before", money(*left)),
                Note::SoFar(amount) => write!(line, "; {} so far", money(*amount)),
                Note::Units(units) => write!(line, "; {units} units"),
                Note::NotBegun => write!(line, "; sold before the first bracket"),
                Note::KeptByCoOp => write!(line, "; kept by the co-op"),
                Note::Margin(amount) => write!(line, "; {} over the fixed prices to the co-op", money(*amount)),
            };
        }
        line
    }
}
