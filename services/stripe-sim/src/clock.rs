//! The stand-in's own time: it follows the machine's clock at a distance, or stands still until it is moved.

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that never goes back.
#[derive(Clone, Debug)]
pub(crate) struct SimClock {
    machine: kernel::Clock,
    /// Where it stands, or how far ahead of the machine it runs.
    mode: Mode,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Stands(DateTime<Utc>),
    Runs(TimeDelta),
}

impl SimClock {
    /// Standing at `at`, or following the machine.
    pub(crate) fn starting(at: Option<DateTime<Utc>>) -> Self {
        Self { machine: kernel::Clock::system(), mode: at.map_or(Mode::Runs(TimeDelta::zero()), Mode::Stands) }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        match self.mode {
            Mode::Stands(at) => at,
            Mode::Runs(ahead) => self.machine.now() + ahead,
        }
    }

    pub(crate) const fn stands(&self) -> bool {
        matches!(self.mode, Mode::Stands(_))
    }

    /// Puts the clock to `at`, where it stands or from where it runs.
    pub(crate) fn set(&mut self, at: DateTime<Utc>, stands: bool) {
        self.mode = if stands { Mode::Stands(at) } else { Mode::Runs(at - self.machine.now()) };
    }
}
