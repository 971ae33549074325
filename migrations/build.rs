//! Tells cargo that the embedded SQL is part of the source.

fn main() {
    println!("cargo:rerun-if-changed=.");
}
