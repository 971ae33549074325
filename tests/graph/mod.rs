//! The graph, asked over HTTP by people who may and people who may not.

pub(crate) mod app;
mod cases;
mod walk;
