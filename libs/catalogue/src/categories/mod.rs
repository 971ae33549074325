//! The tree of categories.

mod change;
mod read;

use std::fmt;

pub use change::SaveCategory;
pub use read::categories_of;

/// How deep categories lie at most; the database says the same.
pub const MAX_DEPTH: i16 = 8;
/// Categories that a co-op has at most: all of them are shown at once.
pub const MAX_CATEGORIES: i64 = 1_000;

/// A category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CategoryId(pub i32);

impl fmt::Display for CategoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A place in the tree of categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Which.
    pub id: CategoryId,
    /// Its name in addresses, unique in the co-op.
    pub handle: String,
    /// Its name, unique beside its siblings.
    pub name: String,
    /// The one it lies in.
    pub parent: Option<CategoryId>,
    /// 1 at the top, one more on each floor below.
    pub depth: i16,
    /// Its place among its siblings.
    pub position: i32,
}
