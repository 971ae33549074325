//! The configuration file: TOML, one key per setting.

use std::{collections::HashMap, fs, path::Path};

use clap::Command;
use toml::{Table, Value};

use super::problem::{Problem, nearest};

/// The settings of a file as the command line would write them, and what is wrong with the others.
pub(super) fn read(path: &Path, settings: &Command) -> (HashMap<String, String>, Vec<Problem>) {
    let whole = |why: String| (HashMap::new(), vec![Problem::in_file(path, "", None, why)]);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return whole(format!("it cannot be read: {error}; --config or {} names another", super::FILE)),
    };
    let table: Table = match text.parse() {
        Ok(table) => table,
        // The whole error would repeat the line, which may hold a secret.
        Err(error) => return whole(format!("{}it is not TOML: {}", place(&error, &text), error.message())),
    };
    let known: Vec<&str> = settings.get_arguments().map(|arg| arg.get_id().as_str()).filter(|name| *name != "config").collect();
    let (mut values, mut problems) = (HashMap::new(), Vec::new());
    for (key, value) in table {
        if !known.contains(&key.as_str()) {
            let cure = nearest(&key, &known).map_or_else(String::new, |near| format!("; did you mean {near}?"));
            problems.push(Problem::in_file(path, &key, None, format!("there is no such setting{cure}")));
            continue;
        }
        match text_of(&value) {
            Some(text) => drop(values.insert(key, text)),
            None => {
                problems.push(Problem::in_file(path, &key, None, "it must be a text, a number, true, false or a list of texts".to_owned()));
            }
        }
    }
    (values, problems)
}

fn place(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Array(list) => {
            let texts: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}
