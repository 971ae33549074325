//! The stand-in's own time: it follows the machine's clock at a distance, or stands still until it is moved.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A clock that never goes back.
#[derive(Clone, Debug)]
pub(crate) struct SimClock {
    machine: kernel::Clock,
    mode: Mode,
}

/// How the clock goes. The distance of a running clock is kept, not its time, so that a restart loses none.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    Stands(DateTime<Utc>),
    RunsAheadMillis(i64),
}

impl SimClock {
    /// Standing at `at`, or following the machine.
    pub(crate) fn starting(at: Option<DateTime<Utc>>) -> Self {
        Self { machine: kernel::Clock::system(), mode: at.map_or(Mode::RunsAheadMillis(0), Mode::Stands) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.mode {
            Mode::Stands(at) => at,
            Mode::RunsAheadMillis(ahead) => self.machine.now() + TimeDelta::milliseconds(ahead),
        }
    }

    pub(crate) const fn stands(&self) -> bool {
        matches!(self.mode, Mode::Stands(_))
    }

    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) const fn set(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// The mode that shows `at` now and then stands or runs.
    pub(crate) fn mode_at(&self, at: DateTime<Utc>, stands: bool) -> Mode {
        if stands { Mode::Stands(at) } else { Mode::RunsAheadMillis((at - self.machine.now()).num_milliseconds()) }
    }
}
