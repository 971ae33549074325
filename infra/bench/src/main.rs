//! Measures what the budgets speak of, each beside a reference in the same run, on a PostgreSQL of its own with fsync on.
//!
//! `cargo run --release -p bench` prints a table and JSON; `-- --json` prints JSON alone; `-- --write FILE` writes both into a Markdown
//! file. Every figure depends on the machine; the ratios do so less.

#![recursion_limit = "256"] // a charge has more fields than the macro's usual depth

mod pgbench;
mod posting;
mod report;
mod settling;
mod statements;
mod webhooks;
mod world;

use std::error::Error;

use report::{Figure, Report};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let world = world::World::make().await?;
    let mut figures: Vec<Figure> = Vec::new();
    for (name, measured) in [
        ("posting", posting::measure(&world).await),
        ("settlement", settling::measure(&world).await),
        ("webhooks", webhooks::measure(&world).await),
        ("statements", statements::measure()),
    ] {
        eprintln!("measured {name}");
        figures.extend(measured?);
    }
    let report = Report::of(figures, &world.server_version().await?);
    world.stop()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--json"] => println!("{}", serde_json::to_string_pretty(&report)?),
        ["--write", file] => {
            std::fs::write(file, report.markdown()?)?;
            println!("{report}");
        }
        _ => println!("{report}\n{}", serde_json::to_string_pretty(&report)?),
    }
    Ok(())
}
