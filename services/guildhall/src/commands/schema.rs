//! `guildhall schema`: what an agreement may look like, for editors and programs.

use crate::{failure::Failure, output::Output};

pub(crate) fn run(output: Output) -> Result<(), Failure> {
    let schema = splits::json_schema();
    let text = serde_json::to_string_pretty(&schema)?;
    output.answer(&schema, || text)
}
