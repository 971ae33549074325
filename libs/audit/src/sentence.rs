//! An entry in words.

use std::fmt::{self, Display, Formatter};

use serde_json::Value;

use crate::{Action, Entry, Source};

/// The longest value that a sentence repeats; the rest is in the entry.
const MAX_VALUE_CHARS: usize = 80;

impl Display for Source {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let known = |name: &Option<String>, otherwise: &str| name.clone().unwrap_or_else(|| otherwise.to_owned());
        match self {
            Self::Person { name, .. } => f.write_str(&known(name, "Somebody who is no longer known")),
            Self::Key { name, .. } => write!(f, "The key {:?}", known(name, "of no name")),
            Self::Operator { person: Some(_), name } => write!(f, "The operator, for {}", known(name, "somebody who is no longer known")),
            Self::Operator { person: None, .. } => f.write_str("The operator"),
            Self::System => f.write_str("The system"),
        }
    }
}

/// Who did what to what, from what to what: `Ana changed payout run 0193…: status "draft" → "approved" (approveRun, from 192.0.2.7).`
impl Display for Entry {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verb = match self.action {
            Action::Insert => "added",
            Action::Update => "changed",
            Action::Delete => "removed",
            Action::Note => "worked on",
        };
        write!(f, "{} {verb} {} {}", self.source, words(&self.table), self.key)?;
        self.fmt_changes(f)?;
        match (&self.via, &self.from) {
            (Some(via), Some(from)) => write!(f, " ({via}, from {from})")?,
            (Some(via), None) => write!(f, " ({via})")?,
            (None, Some(from)) => write!(f, " (from {from})")?,
            (None, None) => {}
        }
        f.write_str(".")
    }
}

impl Entry {
    fn fmt_changes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rows = if self.action == Action::Delete { &self.before } else { &self.after };
        for (place, (column, value)) in rows.iter().enumerate() {
            let mark = if place == 0 { ": " } else { ", " };
            write!(f, "{mark}{} ", words(column))?;
            if self.action == Action::Update {
                write!(f, "{} → ", shown(self.before.get(column).unwrap_or(&Value::Null)))?;
            }
            f.write_str(&shown(value))?;
        }
        Ok(())
    }
}

/// `payout_run` as people say it.
fn words(name: &str) -> String {
    name.replace('_', " ")
}

fn shown(value: &Value) -> String {
    let whole = match value {
        Value::Null => return "nothing".to_owned(),
        Value::String(text) if text == "***" => return "a secret".to_owned(),
        other => other.to_string(),
    };
    if whole.chars().count() <= MAX_VALUE_CHARS {
        return whole;
    }
    whole.chars().take(MAX_VALUE_CHARS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use kernel::PersonId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn entry(action: Action, before: &Value, after: &Value) -> Entry {
        Entry {
            id: 1,
            at: DateTime::UNIX_EPOCH,
            source: Source::Person { id: PersonId(Uuid::nil()), name: Some("Ana".to_owned()), session: None },
            via: Some("changeMember".to_owned()),
            from: "192.0.2.7".parse().ok(),
            table: "api_key".to_owned(),
            key: "7".to_owned(),
            action,
            before: before.as_object().cloned().unwrap_or_default().into_iter().collect(),
            after: after.as_object().cloned().unwrap_or_default().into_iter().collect(),
        }
    }

    #[test]
    fn an_entry_says_who_did_what_to_what() {
        let changed = entry(Action::Update, &json!({"name": "Till", "revoked_at": null}), &json!({"name": "Tills", "revoked_at": "today"}));
        assert_eq!(
            changed.to_string(),
            r#"Ana changed api key 7: name "Till" → "Tills", revoked at nothing → "today" (changeMember, from 192.0.2.7)."#
        );
        let gone = Entry { via: None, from: None, ..entry(Action::Delete, &json!({"hash": "***", "number": 2}), &Value::Null) };
        assert_eq!(gone.to_string(), "Ana removed api key 7: hash a secret, number 2.");
        let long = Entry { source: Source::System, via: None, ..entry(Action::Insert, &Value::Null, &json!({"note": "é".repeat(200)})) };
        assert_eq!(long.to_string(), format!("The system added api key 7: note \"{}… (from 192.0.2.7).", "é".repeat(79)));
    }
}
