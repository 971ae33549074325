//! The queue on a real server, as the application's role.

#[path = "jobs/house.rs"]
mod house;

#[path = "jobs/crash.rs"]
mod crash;
#[path = "jobs/dead_letters.rs"]
mod dead_letters;
#[path = "jobs/enqueueing.rs"]
mod enqueueing;
#[path = "jobs/fairness.rs"]
mod fairness;
