//! The graph, asked over HTTP by people who may and people who may not.

pub(crate) mod app;
mod cases;
mod changes;
mod codes;
mod coops;
mod described;
mod fuzz;
pub(crate) mod joining;
mod limits;
mod money;
mod pages;
mod socket;
mod strangers;
mod trial;
mod walk;
