//! Answers that are believed for a few seconds.

use std::{
    hash::Hash,
    num::NonZeroUsize,
    sync::Mutex,
    time::{Duration, Instant},
};

use lru::LruCache;

/// For how long an answer is believed without asking again.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(5);
/// How many answers are kept at once: the busiest seconds of a large installation.
const MOST: NonZeroUsize = NonZeroUsize::new(10_000).expect("ten thousand is not zero");

/// The latest answers, the least used of them dropped first.
#[derive(Debug)]
pub(super) struct Remembered<K: Eq + Hash, V>(Mutex<LruCache<K, (Instant, V)>>);

impl<K: Eq + Hash, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The answer that is remembered, or the one that is asked for now. Faults are not remembered.
    pub(super) async fn get_or<E, F>(&self, key: K, ask: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let known = self.0.lock().expect("nobody panics while holding the answers").get(&key).cloned();
        if let Some((since, answer)) = known
            && since.elapsed() < REMEMBERED_FOR
        {
            return Ok(answer);
        }
        // What is asked now is at least as old as its question
        let asked = Instant::now();
        let answer = ask().await?;
        self.0.lock().expect("nobody panics while holding the answers").put(key, (asked, answer.clone()));
        Ok(answer)
    }
}
