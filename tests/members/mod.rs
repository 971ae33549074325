//! Co-ops, their members and what those may do.

mod applications;
mod changes;
mod coops;
mod expiry;
mod export;
mod files;
mod invitations;
mod leaving;
mod people;
mod roles;
mod stage;
mod standing;
