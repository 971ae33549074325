//! The code behind the tasks.

use std::{collections::HashMap, error::Error, fmt, pin::Pin};

use kernel::CoopId;
use serde_json::Value;

use crate::{JobId, Task};

/// Characters of a reason that are kept.
const REASON_LENGTH: usize = 2_000;

/// One try at one job, as its handler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The job.
    pub job: JobId,
    /// The co-op it is for.
    pub coop: CoopId,
    /// 1 for the first.
    pub number: u16,
    /// Whether the job is dead if this one fails.
    pub last: bool,
}

/// Why an attempt failed, in words for the person who looks at the dead letter.
pub(crate) type Reason = String;

type Doing = Pin<Box<dyn Future<Output = Result<(), Reason>> + Send>>;
type Handler = Box<dyn Fn(Value, Attempt) -> Doing + Send + Sync>;

/// Which code does which task. Built once, before the worker starts.
#[derive(Default)]
pub struct Handlers(HashMap<&'static str, Handler>);

impl Handlers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets `handler` do the tasks of one type. It bears being called twice for the same job.
    #[must_use]
    pub fn on<T, F, Fut, E>(mut self, handler: F) -> Self
    where
        T: Task,
        F: Fn(T, Attempt) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let boxed = move |payload: Value, attempt: Attempt| -> Doing {
            match serde_json::from_value::<T>(payload) {
                Err(error) => Box::pin(async move { Err(format!("the payload cannot be read: {error}")) }),
                Ok(task) => {
                    let doing = handler(task, attempt);
                    Box::pin(async move { doing.await.map_err(|error| reason(error.into().as_ref())) })
                }
            }
        };
        self.0.insert(T::NAME, Box::new(boxed));
        self
    }

    /// The work of one attempt. A task that nobody here knows fails, and is tried again when a newer worker may know it.
    pub(crate) fn start(&self, task: &str, payload: Value, attempt: Attempt) -> Doing {
        let unknown = || format!("this worker has no handler for {task}");
        match self.0.get(task).ok_or_else(unknown) {
            Ok(handler) => handler(payload, attempt),
            Err(reason) => Box::pin(async move { Err(reason) }),
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// An error and its causes in one line, cut to what the queue keeps.
fn reason(error: &(dyn Error + 'static)) -> Reason {
    let causes = std::iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    text.chars().take(REASON_LENGTH).collect()
}
