//! Sales from files.

mod real_data;
mod refunds;
mod rejected;
mod sales;
mod world;
