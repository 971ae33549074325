//! `guildhall config`: what is set, and where each value comes from.

use serde_json::json;

use crate::{
    configuration::{Shown, readme_table},
    failure::Failure,
    output::{Output, table},
};

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the table of all settings in Markdown, as in the README
    #[arg(long, hide = true)]
    readme: bool,
}

/// Every setting with its value and origin. Secrets are covered.
pub(crate) fn run(args: Args, settings: &[Shown], output: Output) -> Result<(), Failure> {
    if args.readme {
        Output::raw(readme_table().as_bytes());
        return Ok(());
    }
    output.answer(&json!({"settings": settings}), || {
        let mut shown = table(&["setting", "variable", "value", "from"]);
        for setting in settings {
            let value = setting.value.as_deref().unwrap_or("not set");
            shown.add_row(vec![setting.name.as_str(), setting.variable.as_deref().unwrap_or_default(), value, setting.origin.as_str()]);
        }
        shown.to_string()
    })
}
