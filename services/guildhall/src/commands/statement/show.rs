//! Statements as they are told.

use std::collections::HashMap;

use identity::Coop;
use kernel::{Money, Month, PartyId};
use serde_json::{Value, json};
use statements::{Closed, Document, Frozen, Issued, Summary};

use crate::{
    failure::Failure,
    house::House,
    output::{amount, number, table},
};

/// What closing a month did.
pub(super) fn closed(house: &House, coop: &Coop, closed: &Closed) -> Result<(), Failure> {
    let value = json!({
        "co_op": coop.slug, "month": closed.month.month, "newly_closed": closed.month.newly, "books_open_from": closed.month.ends_at,
        "guarantees": closed.guarantees, "statements": of_frozen(&closed.statements),
    });
    house.output.answer(&value, || {
        let was = if closed.month.newly { "is closed" } else { "was closed before" };
        let guarantees = match closed.guarantees.len() {
            0 => String::new(),
            count => format!(" {count} guarantees were settled."),
        };
        format!("{} {was}.{guarantees}\n{}", closed.month.month, frozen_in_words(&closed.statements))
    })
}

/// What issuing again did.
pub(super) fn frozen(house: &House, month: Month, frozen: &Frozen) -> Result<(), Failure> {
    house.output.answer(&json!({"month": month, "statements": of_frozen(frozen)}), || frozen_in_words(frozen))
}

fn of_frozen(frozen: &Frozen) -> Value {
    let issued: Vec<Value> = frozen
        .issued
        .iter()
        .map(|new| json!({"number": new.number, "revision": new.revision, "party": new.party, "currency": new.currency.code(), "closing": new.closing}))
        .collect();
    json!({"issued": issued, "unchanged": frozen.unchanged})
}

fn frozen_in_words(frozen: &Frozen) -> String {
    let revised = frozen.issued.iter().filter(|new| new.revision > 1).count();
    let new = frozen.issued.len() - revised;
    format!("{new} statements issued, {revised} revised, {} unchanged. The worker makes their files and mails them.", frozen.unchanged)
}

/// What statements would say.
pub(super) fn preview(house: &House, documents: &[Document]) -> Result<(), Failure> {
    house.output.answer(&json!({"statements": documents}), || match documents {
        [] => "Nobody was owed anything, and no account moved.".to_owned(),
        [one] => in_full(one),
        several => {
            let mut shown = table(&["party", "opening", "lines", "closing"]);
            for document in several {
                let account = &document.account;
                shown.add_row(vec![
                    document.party.name.clone().into(),
                    amount(account.opening().total, document.currency),
                    number(account.lines().len()),
                    amount(account.closing().total, document.currency),
                ]);
            }
            shown.to_string()
        }
    })
}

/// The statements of a month.
pub(super) async fn list(house: &House, coop: &Coop, month: Month, list: &[Summary]) -> Result<(), Failure> {
    let tx = db::begin(&house.pools.orm, coop.id).await?;
    let parties = identity::parties(&tx, coop.id).await?;
    tx.commit().await?;
    let names: HashMap<PartyId, String> = parties.into_iter().map(|party| (party.id, party.name)).collect();
    house.output.answer(&json!({"month": month, "statements": list}), || {
        if list.is_empty() {
            return format!("No statement of {month} was issued; close the month with `guildhall statement close --month {month}`.");
        }
        let mut shown = table(&["number", "revision", "party", "opening", "closing", "of it held"]);
        for summary in list {
            shown.add_row(vec![
                summary.number.clone().into(),
                number(summary.revision),
                names.get(&summary.party).cloned().unwrap_or_default().into(),
                amount(summary.opening, summary.currency),
                amount(summary.closing, summary.currency),
                amount(summary.held, summary.currency),
            ]);
        }
        shown.to_string()
    })
}

/// A statement as it was issued.
pub(super) fn issued(house: &House, issued: &Issued) -> Result<(), Failure> {
    let document = &issued.sealed.document;
    let value = json!({
        "statement": document, "hash": issued.sealed.hash_hex(), "issued_at": issued.issued_at,
        "rendered_at": issued.rendered_at, "mailed_at": issued.mailed_at, "viewed_at": issued.viewed_at,
    });
    house.output.answer(&value, || {
        let when = |what: &str, at: Option<chrono::DateTime<chrono::Utc>>| at.map(|at| format!(", {what} {}", at.format("%Y-%m-%d %H:%M")));
        let since: String =
            [when("files made", issued.rendered_at), when("mailed", issued.mailed_at), when("first viewed", issued.viewed_at)]
                .into_iter()
                .flatten()
                .collect();
        format!(
            "{}\nSHA-256 {}\nissued {}{since} (UTC)",
            in_full(document),
            issued.sealed.hash_hex(),
            issued.issued_at.format("%Y-%m-%d %H:%M")
        )
    })
}

fn in_full(document: &Document) -> String {
    let money = |minor| Money::new(minor, document.currency);
    let account = &document.account;
    let mut shown = table(&["line", "day", "what", "how", "amount"]);
    for line in account.lines() {
        shown.add_row(vec![
            number(line.number),
            line.on.to_string().into(),
            line.description.clone().into(),
            line.arithmetic.clone().unwrap_or_default().into(),
            amount(line.amount, document.currency),
        ]);
    }
    let held = match account.closing().held {
        0 => String::new(),
        held => format!(", of it held {}", money(held)),
    };
    format!(
        "Statement {} revision {}: {} with {} in {}\nopening {}\n{shown}\nclosing {}{held}",
        document.number,
        document.revision,
        document.party.name,
        document.co_op.name,
        document.month,
        money(account.opening().total),
        money(account.closing().total)
    )
}
