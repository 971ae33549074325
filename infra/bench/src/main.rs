//! Measures what the budgets speak of, each beside a reference in the same run, on a PostgreSQL of its own with fsync on.
//!
//! `cargo run --release -p bench` prints a table and JSON; `-- --json` prints JSON alone; `-- --write FILE` writes both into a Markdown
//! file; `-- --only posting` measures one of posting, settlement, webhooks, statements, sign-in, graph, holds, page, imports, refusals, idle. Every figure depends on the machine; the ratios do so less.

#![recursion_limit = "256"] // a charge has more fields than the macro's usual depth

mod asking;
mod bringing;
mod holding;
mod idling;
mod paging;
mod pgbench;
mod posting;
mod refusing;
mod report;
mod serving;
mod settling;
mod shelf;
mod signing_in;
mod statements;
mod webhooks;
mod world;

use std::error::Error;

use report::{Figure, Level, Report};

/// As in the binary that is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [argument, url] = arguments.as_slice() {
        match argument.as_str() {
            idling::SERVE => return idling::serve(url).await,
            paging::SERVE_GRAPH => return paging::serve_graph(url).await,
            paging::SERVE_BARE => return paging::serve_bare(url).await,
            _ => {}
        }
    }
    let only = take_only(&mut arguments);
    let world = world::World::make().await?;
    let (mut figures, mut levels): (Vec<Figure>, Vec<Level>) = (Vec::new(), Vec::new());
    for name in ["posting", "settlement", "webhooks", "statements", "sign-in", "graph", "holds", "page", "imports", "refusals", "idle"] {
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        figures.extend(match name {
            "posting" => posting::measure(&world).await?,
            "settlement" => settling::measure(&world).await?,
            "webhooks" => webhooks::measure(&world).await?,
            "statements" => statements::measure()?,
            "sign-in" => signing_in::measure(&world).await?,
            "graph" => asking::measure(&world).await?,
            "holds" => holding::measure(&world).await?,
            "page" => paging::measure(&world).await?,
            "imports" => {
                let (rates, sizes) = bringing::measure(&world).await?;
                levels.extend(sizes);
                rates
            }
            "refusals" => refusing::measure(&world).await?,
            _ => {
                levels.extend(idling::measure(&world).await?);
                Vec::new()
            }
        });
        eprintln!("measured {name}");
    }
    let report = Report::of(figures, levels, &world.server_version().await?);
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

/// Takes `--only NAME` out of the arguments.
fn take_only(arguments: &mut Vec<String>) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == "--only")?;
    let mut taken = arguments.drain(at..(at + 2).min(arguments.len()));
    taken.nth(1)
}
