//! The state behind its lock, and word of its changes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::state::State;

/// One stand-in, shared by its server threads and webhook senders.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), changed: watch::Sender::new(0) }
    }

    /// The state, to look at or for changes that nobody waits for.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that the state has changed.
    pub(crate) fn announce(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Changes the state outside a request; a journal that cannot be written is logged.
    pub(crate) fn transact(&self, change: impl FnOnce(&mut State)) {
        let saved = {
            let mut state = self.lock();
            change(&mut state);
            state.save()
        };
        if let Err(error) = saved {
            tracing::error!(%error, "the Stripe stand-in cannot write its journal");
        }
        self.announce();
    }

    /// Word of changes from now on.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
