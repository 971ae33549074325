//! Properties of splits.
