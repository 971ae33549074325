//! A tar archive, as POSIX describes ustar: a header of 512 bytes before each file, zeros to fill the last block.

use std::io::{self, Write};

const BLOCK: usize = 512;

/// Writes files one after another.
pub(super) struct Tar<W> {
    out: W,
    modified: u64,
}

impl<W: Write> Tar<W> {
    /// Every file gets the same moment, in seconds since 1970.
    pub(super) const fn new(out: W, modified: u64) -> Self {
        Self { out, modified }
    }

    /// Adds a file. Its name has at most 100 bytes.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.out.write_all(&header(name, content.len(), self.modified)?)?;
        self.out.write_all(content)?;
        self.out.write_all(&[0; BLOCK][..content.len().next_multiple_of(BLOCK) - content.len()])
    }

    /// Writes the end.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }

    /// What is written to.
    pub(super) const fn out(&self) -> &W {
        &self.out
    }
}

fn header(name: &str, size: usize, modified: u64) -> io::Result<[u8; BLOCK]> {
    let mut header = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    if name.len() > 100 || size >= 1 << 33 {
        return Err(io::Error::other(format!("{name} is too long or too large for a tar archive")));
    }
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{modified:011o}\0").as_bytes());
    put(148, b"        "); // the checksum counts itself as spaces
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_begin_and_end_on_blocks() {
        let mut tar = Tar::new(Vec::new(), 1_800_000_000);
        tar.add("a/1.jsonl", b"{}\n").unwrap();
        tar.add("empty", b"").unwrap();
        tar.add("full", &[b'x'; BLOCK]).unwrap();
        let bytes = tar.finish().unwrap();
        assert_eq!(bytes.len(), BLOCK * (2 + 1 + 2 + 2));
        assert_eq!(&bytes[BLOCK..BLOCK + 3], b"{}\n");
        assert!(Tar::new(Vec::new(), 0).add(&"x".repeat(101), b"").is_err());
    }
}
