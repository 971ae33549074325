//! Looking around without being known: what is public is told, and not to one address without end.

use crate::{
    Access, AccessError, Visitor,
    throttle::{self, Bucket},
};

impl Access {
    /// Takes one look at what is public from the visitor's address.
    ///
    /// # Errors
    /// [`AccessError::TooOften`] when there were too many.
    pub async fn look_around(&self, visitor: &Visitor) -> Result<(), AccessError> {
        let inner = &self.inner;
        throttle::take(&inner.db, Bucket::look(visitor.address), inner.clock.now()).await
    }
}
