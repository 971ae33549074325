//! What survives a restart: a file of JSON lines, one line per request.
//!
//! Everything a request changes is a list of [`Record`]s, applied to memory and written as one line in one call before the
//! request is answered. A process killed in the middle leaves at most a torn last line, which is dropped at the next start; the
//! system's own crash may lose the last seconds, since nothing here waits for the disk. At start the file is rewritten without
//! what later records replaced.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{clock::Mode, due::Due, error::SimError, idempotency::Kept};

const FILE: &str = "stripe-sim.jsonl";

/// One change of the stand-in's state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub(crate) enum Record {
    /// The object as it is now; `owner` is the account it belongs to.
    Put { owner: String, object: Value },
    /// The object is gone.
    Removed { id: String },
    /// How the clock goes.
    Clock { mode: Mode },
    /// An answer kept for an idempotency key.
    Answered { scope: String, key: String, kept: Kept },
    /// An event awaits its delivery to an endpoint.
    Queued { event: String, endpoint: String },
    /// An event reached an endpoint, or was given up.
    Delivered { event: String, endpoint: String },
    /// Something happens later by the clock.
    Scheduled { at: i64, order: u64, due: Due },
    /// It happened.
    Ran { at: i64, order: u64 },
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Reads the records of an earlier run; none when there was none.
    pub(crate) fn read(dir: &Path) -> Result<Vec<Record>, SimError> {
        let path = dir.join(FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(SimError::Journal { path, source }),
        };
        let mut records = Vec::new();
        let mut reader = BufReader::new(file);
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            reader.read_until(b'\n', &mut text).map_err(|source| SimError::Journal { path: path.clone(), source })?;
            if text.last() != Some(&b'\n') {
                break;
            }
            let parsed = serde_json::from_slice::<Vec<Record>>(&text);
            records.extend(parsed.map_err(|source| SimError::Corrupt { path: path.clone(), line, source })?);
        }
        Ok(records)
    }

    /// Starts a journal that holds `records` and takes more.
    pub(crate) fn start(dir: &Path, records: impl Iterator<Item = Record>) -> Result<Self, SimError> {
        let path = dir.join(FILE);
        Self::rewrite(dir, &path, records).map_err(|source| SimError::Journal { path, source })
    }

    fn rewrite(dir: &Path, path: &Path, records: impl Iterator<Item = Record>) -> io::Result<Self> {
        fs::create_dir_all(dir)?;
        let fresh = path.with_extension("new");
        let mut writer = BufWriter::new(File::create(&fresh)?);
        for record in records {
            serde_json::to_writer(&mut writer, &[record])?;
            writer.write_all(b"\n")?;
        }
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&fresh, path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Adds the records of one request as one line.
    pub(crate) fn append(&mut self, records: &[Record]) -> Result<(), SimError> {
        let written = serde_json::to_vec(records).map_err(io::Error::from).and_then(|mut line| {
            line.push(b'\n');
            self.file.write_all(&line)
        });
        written.map_err(|source| SimError::Journal { path: self.path.clone(), source })
    }
}
