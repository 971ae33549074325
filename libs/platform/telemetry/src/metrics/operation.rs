//! The timer of one root field of the graph.

use std::time::Instant;

use super::catalogue::{Field, FieldOutcome, METRICS};

/// What a root field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// It reads.
    Query,
    /// It changes something.
    Mutation,
    /// It tells of changes.
    Subscription,
}

impl OperationKind {
    /// As GraphQL calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With its answer.
    Done,
    /// A rule said no.
    Refused,
    /// A fault.
    Failed,
}

/// A root field at work. One that is dropped before its [`end`](Self::end) was cut off: the client left or the time was up.
#[derive(Debug)]
#[must_use = "an operation that is dropped at once counts as cut off"]
pub struct Operation {
    kind: OperationKind,
    field: String,
    began: Instant,
    outcome: Option<Outcome>,
}

impl Operation {
    /// Starts the timer. `field` is the name in the schema, not the alias.
    pub fn begin(kind: OperationKind, field: impl Into<String>) -> Self {
        Self { kind, field: field.into(), began: Instant::now(), outcome: None }
    }

    /// Counts it, with the time it took.
    pub fn end(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let kind = self.kind.name();
        let outcome = match self.outcome {
            Some(Outcome::Done) => "done",
            Some(Outcome::Refused) => "refused",
            Some(Outcome::Failed) => "failed",
            None => "cut_off",
        };
        let field = std::mem::take(&mut self.field);
        METRICS.operation_time.get_or_create(&Field { kind, field: field.clone() }).observe(self.began.elapsed().as_secs_f64());
        METRICS.operations.get_or_create(&FieldOutcome { kind, field, outcome }).inc();
    }
}
