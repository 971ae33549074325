//! Prints the graph's schema: `make generate` keeps it in `schema.graphql`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", api::sdl());
}
