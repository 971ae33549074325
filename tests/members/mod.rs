//! Co-ops, their members and what those may do.

mod people;
mod roles;
mod standing;
