//! Texts and numbers that people give.

use std::collections::BTreeMap;

use crate::{MAX_UNITS, StockError};

const LONGEST_NAME: usize = 120;
const LONGEST_REASON: usize = 500;

/// Whether a text is one line of what people write. The database keeps no NUL.
fn is_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// What something is called.
pub(crate) fn name(what: &str, text: &str) -> Result<String, StockError> {
    let name = text.trim();
    if (1..=LONGEST_NAME).contains(&name.chars().count()) && is_line(name) {
        Ok(name.to_owned())
    } else {
        Err(StockError::Invalid(format!("the name of {what} has 1 to {LONGEST_NAME} letters in one line")))
    }
}

/// Why something was done; nothing when nothing was said.
pub(crate) fn reason(text: Option<&str>) -> Result<Option<String>, StockError> {
    let Some(reason) = text.map(str::trim).filter(|reason| !reason.is_empty()) else { return Ok(None) };
    if reason.chars().count() <= LONGEST_REASON && is_line(reason) {
        Ok(Some(reason.to_owned()))
    } else {
        Err(StockError::Invalid(format!("say why in one line of at most {LONGEST_REASON} letters")))
    }
}

/// A number of units.
pub(crate) fn units(quantity: i32) -> Result<i32, StockError> {
    if (1..=MAX_UNITS).contains(&quantity) {
        Ok(quantity)
    } else {
        Err(StockError::Invalid(format!("a quantity is 1 to {MAX_UNITS} units, not {quantity}")))
    }
}

/// The lines of one paper, each lot once: a lot that is named twice is a slip of the pen, not twice as many.
pub(crate) fn once_each<K: Ord + Copy, V: Copy>(lines: &[(K, V)], most: usize) -> Result<BTreeMap<K, V>, StockError> {
    let each: BTreeMap<K, V> = lines.iter().copied().collect();
    match lines.len() {
        0 => Err(StockError::Invalid("there is no line".to_owned())),
        many if many > most => Err(StockError::Invalid(format!("there are {many} lines; {most} are the most"))),
        many if many > each.len() => Err(StockError::Invalid("a lot is named in two lines; add them up".to_owned())),
        _ => Ok(each),
    }
}
