//! Small seeded randomness: the same seed gives the same shuffles, the same faults and the same ids.

/// SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A seed that differs at each start.
    pub(crate) fn from_time() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let nanos = u64::try_from(since.as_nanos() & u128::from(u64::MAX)).unwrap_or_default();
        // Two stand-ins started in the same nanosecond still differ: the allocator gives each its own address.
        let here = Box::new(0_u8);
        Self(nanos ^ (u64::from(std::process::id()) << 32) ^ (std::ptr::from_ref(here.as_ref()).addr() as u64))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is at least 1.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u128::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from((u128::from(self.next()) * bound) >> 64).unwrap_or_default()
    }

    /// An id such as `pi_3kT…`: the prefix and 24 letters and digits.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut id = format!("{prefix}_");
        id.extend((0..24).map(|_| char::from(LETTERS[self.below(LETTERS.len())])));
        id
    }
}
