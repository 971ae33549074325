//! A folder in the maildir format: a letter is written under `tmp`, then linked into `new` under the hash of its message id.
//! A link never overwrites, so the same letter sent twice, even at the same moment, is one file. A mail program that reads
//! the folder moves letters to `cur` and appends flags to their names; there they count as delivered too.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use crate::MessageId;

/// Tells the half-written letters of this process apart.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Makes the three folders of a maildir.
pub(crate) fn prepare(folder: &Path) -> io::Result<()> {
    ["tmp", "new", "cur"].into_iter().try_for_each(|name| fs::create_dir_all(folder.join(name)))
}

/// Puts a mail into the folder once; a second time changes nothing.
pub(crate) fn deliver(folder: &Path, message_id: &MessageId, mail: &[u8]) -> io::Result<()> {
    let name = hex::encode(Sha256::digest(message_id.as_str()));
    if folder.join("new").join(&name).exists() || was_read(folder, &name)? {
        return Ok(());
    }
    let half = folder.join("tmp").join(format!("{name}.{}.{}", std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed)));
    let mut file = File::create(&half)?;
    let linked = file.write_all(mail).and_then(|()| file.sync_all()).and_then(|()| fs::hard_link(&half, folder.join("new").join(&name)));
    fs::remove_file(&half)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn was_read(folder: &Path, name: &str) -> io::Result<bool> {
    for read in fs::read_dir(folder.join("cur"))? {
        if read?.file_name().to_string_lossy().starts_with(name) {
            return Ok(true);
        }
    }
    Ok(false)
}
