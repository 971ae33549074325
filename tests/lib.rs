//! The integration tests live in one binary, `main.rs`; this library is empty.
