//! What people and programs are told.

use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kernel::{Currency, Money};
use serde::Serialize;
use tokio::time::{sleep, timeout};

use crate::{
    configuration::Problem,
    failure::{Failure, WRONG_USAGE},
};

/// From when on a person is shown that something is going on.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a spinner turns.
const TURN: Duration = Duration::from_millis(120);

/// Where answers go. With `--json` stdout holds one JSON value and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// The answer: the value for programs, the text for people.
    pub(crate) fn answer(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        let told = if self.json { serde_json::to_string_pretty(value)? } else { text() };
        Self::raw(told.as_bytes());
        Self::raw(b"\n");
        Ok(())
    }

    /// Bytes as they are. A reader that has gone, as in `| head`, is no fault.
    pub(crate) fn raw(bytes: &[u8]) {
        let _ = io::stdout().write_all(bytes);
    }

    /// A remark on the way, for people.
    pub(crate) fn say(self, words: &str) {
        if !self.json {
            let _ = writeln!(io::stderr(), "{words}");
        }
    }

    /// How it ended when it did not end well: for people on stderr, for programs also on stdout.
    pub(crate) fn fail(self, failure: &Failure) {
        let sentence = failure.sentence();
        let _ = writeln!(io::stderr(), "guildhall: {sentence}");
        if self.json && !matches!(failure, Failure::Differs(_) | Failure::NeedsPerson(_)) {
            let error = serde_json::json!({"error": {"kind": failure.kind(), "message": sentence, "exit_code": failure.exit_code()}});
            Self::raw(format!("{error:#}\n").as_bytes());
        }
    }

    /// Tells of every setting that cannot be used.
    pub(crate) fn refuse_settings(self, problems: &[Problem]) {
        let count = if problems.len() == 1 { "a setting".to_owned() } else { format!("{} settings", problems.len()) };
        let _ = writeln!(io::stderr(), "guildhall: {count} cannot be used:");
        for problem in problems {
            let _ = writeln!(io::stderr(), "  {problem}");
        }
        if self.json {
            let error = serde_json::json!({"error": {"kind": "settings", "problems": problems, "exit_code": WRONG_USAGE}});
            Self::raw(format!("{error:#}\n").as_bytes());
        }
    }

    /// Waits for `work`; when it takes longer than two seconds, a person at a terminal sees that it goes on.
    pub(crate) async fn watch<T>(self, words: &str, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        if let Ok(done) = timeout(PATIENCE, work.as_mut()).await {
            return done;
        }
        let spinner = self.spinner(words);
        let done = work.await;
        spinner.finish_and_clear();
        done
    }

    /// The same for work of known length: `told` is asked how much is done, and of how much.
    pub(crate) async fn watch_count<T>(self, words: &str, work: impl Future<Output = T>, told: impl AsyncFn() -> Option<(u64, u64)>) -> T {
        let mut work = std::pin::pin!(work);
        if let Ok(done) = timeout(PATIENCE, work.as_mut()).await {
            return done;
        }
        let bar = self.bar(0, words);
        loop {
            tokio::select! {
                done = work.as_mut() => {
                    bar.finish_and_clear();
                    return done;
                }
                () = sleep(PATIENCE / 4), if !bar.is_hidden() => {
                    if let Some((done, of)) = told().await {
                        bar.set_length(of);
                        bar.set_position(done);
                    }
                }
            }
        }
    }

    /// A bar on stderr; hidden unless a person looks at a terminal.
    pub(crate) fn bar(self, length: u64, words: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").expect("the template is well formed"));
        bar.set_message(words.to_owned());
        bar
    }

    fn spinner(self, words: &str) -> ProgressBar {
        let spinner = ProgressBar::with_draw_target(None, self.target());
        spinner.set_style(ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("the template is well formed"));
        spinner.set_message(words.to_owned());
        spinner.enable_steady_tick(TURN);
        spinner
    }

    fn target(self) -> ProgressDrawTarget {
        if self.json || !io::stderr().is_terminal() { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() }
    }
}

/// An empty table with these heads.
pub(crate) fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(heads.iter().map(|head| Cell::new(head).add_attribute(Attribute::Bold)));
    table
}

/// An amount of minor units, aligned right.
pub(crate) fn amount(minor: i64, currency: Currency) -> Cell {
    number(Money::new(minor, currency))
}

/// Something that is counted or measured, aligned right.
pub(crate) fn number(value: impl ToString) -> Cell {
    Cell::new(value).set_alignment(CellAlignment::Right)
}
