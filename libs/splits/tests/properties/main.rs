//! Splits seen from outside: properties over random agreements and sales, and worked examples.

#![expect(clippy::unwrap_used, reason = "a test's arrangement that fails is a failed test")]

mod allocation;
mod builders;
mod examples;
mod fuzz;
mod policies;
mod refunds;
mod rules;
