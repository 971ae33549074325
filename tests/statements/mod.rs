//! Months that are closed, statements that are issued, and what explains them.

mod close;
mod explained;
mod files;
mod frozen;
mod guarantees;
mod house;
mod opening;
mod patronage;
mod strangers;
