//! Figures and how they are shown.

use std::{
    fmt::{self, Write as _},
    fs,
    process::Command,
    thread,
};

use serde::Serialize;

/// One path beside its reference.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) path: &'static str,
    /// Per second, ours.
    pub(crate) ours: f64,
    /// What it is compared with.
    pub(crate) reference: &'static str,
    /// Per second, the reference; `None` where there is none.
    pub(crate) theirs: Option<f64>,
    /// What the architecture asks for.
    pub(crate) budget: &'static str,
    /// Anything else that was seen.
    pub(crate) note: String,
}

impl Figure {
    fn ratio(&self) -> Option<f64> {
        self.theirs.map(|theirs| self.ours / theirs)
    }
}

/// Something that is not counted per second.
#[derive(Debug, Serialize)]
pub(crate) struct Level {
    /// What was measured.
    pub(crate) what: &'static str,
    /// How much it was.
    pub(crate) value: f64,
    /// Of what.
    pub(crate) unit: &'static str,
    /// What the architecture asks for.
    pub(crate) budget: &'static str,
    /// Anything else that was seen.
    pub(crate) note: String,
}

/// One run of everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    machine: String,
    postgresql: String,
    figures: Vec<Figure>,
    levels: Vec<Level>,
}

impl Report {
    pub(crate) fn of(figures: Vec<Figure>, levels: Vec<Level>, postgresql: &str) -> Self {
        Self { machine: machine(), postgresql: postgresql.to_owned(), figures, levels }
    }

    /// The table, the machine and the JSON.
    pub(crate) fn markdown(&self) -> Result<String, serde_json::Error> {
        let mut text = format!(
            "# Measured\n\nThe last run of `make bench`. Each path is measured beside its reference in the same run, on a PostgreSQL with fsync on;\n\
             client, server and load share the machine. The ratio is what counts: the figures move with the machine.\n\n\
             - Machine: {}\n- {}\n\n\
             | path | per second | reference | per second | ratio | budget | note |\n|---|---:|---|---:|---:|---|---|\n",
            self.machine, self.postgresql
        );
        for figure in &self.figures {
            let theirs = figure.theirs.map_or_else(|| "–".to_owned(), |theirs| format!("{theirs:.0}"));
            let ratio = figure.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
            let _ = writeln!(
                text,
                "| {} | {:.0} | {} | {theirs} | {ratio} | {} | {} |",
                figure.path, figure.ours, figure.reference, figure.budget, figure.note
            );
        }
        if !self.levels.is_empty() {
            text.push_str("\n| what | how much | budget | note |\n|---|---:|---|---|\n");
        }
        for Level { what, value, unit, budget, note } in &self.levels {
            let _ = writeln!(text, "| {what} | {value:.2} {unit} | {budget} | {note} |");
        }
        let _ = writeln!(text, "\n```json\n{}\n```", serde_json::to_string_pretty(self)?);
        Ok(text)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n", self.machine, self.postgresql)?;
        for figure in &self.figures {
            write!(f, "{:<48} {:>9.0}/s", figure.path, figure.ours)?;
            if let (Some(theirs), Some(ratio)) = (figure.theirs, figure.ratio()) {
                write!(f, "   {:>5.0} % of {theirs:.0}/s ({})", ratio * 100.0, figure.reference)?;
            }
            writeln!(f, "\n    budget: {}   {}", figure.budget, figure.note)?;
        }
        for Level { what, value, unit, budget, note } in &self.levels {
            writeln!(f, "{what:<48} {value:>9.2} {unit}\n    budget: {budget}   {note}")?;
        }
        Ok(())
    }
}

fn machine() -> String {
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let system = Command::new("uname").arg("-sr").output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{} cores, {}, {}", cores, model.unwrap_or_else(|| "unknown processor".to_owned()), system.unwrap_or_default())
}
