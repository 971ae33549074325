//! What is wrong with a row of a batch, and what becomes of the rest.

use kernel::{Code, Refusal};

/// What becomes of a batch in which something is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is saved while anything is wrong.
    #[default]
    AllOrNothing,
    /// Rows with a flaw are left out; the others are saved.
    LeaveOutRows,
    /// What is wrong in a row is left out and the rest of the row is saved; a row that makes no sense without it is left out.
    LeaveOutParts,
}

/// Something wrong in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Where in the row, from the outside in: `["variants", "0", "sku"]`; empty for all of it.
    pub path: Vec<String>,
    /// What kind of no.
    pub code: Code,
    /// What is wrong and what would mend it.
    pub message: String,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<T> {
    /// What was saved; `None` where the row was left out.
    pub saved: Option<T>,
    /// What was wrong. With something saved: the parts that were left out.
    pub flaws: Vec<Flaw>,
}

/// A place in a row, on the stack of whoever looks at it: written out only when something is wrong there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trail<'a> {
    above: Option<&'a Trail<'a>>,
    step: Option<Step<'a>>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Field(&'a str),
    Place(usize),
}

impl<'a> Trail<'a> {
    /// A field of what this leads to.
    pub(crate) const fn field(&'a self, name: &'a str) -> Self {
        Self { above: Some(self), step: Some(Step::Field(name)) }
    }

    /// An item of the list that this leads to.
    pub(crate) const fn item(&'a self, place: usize) -> Self {
        Self { above: Some(self), step: Some(Step::Place(place)) }
    }

    /// Something is wrong here.
    pub(crate) fn flaw(&self, code: Code, message: impl Into<String>) -> Flaw {
        Flaw { path: self.path(), code, message: message.into() }
    }

    /// This cannot be used as it is.
    pub(crate) fn invalid(&self, message: impl Into<String>) -> Flaw {
        self.flaw(Code::InvalidInput, message)
    }

    fn path(&self) -> Vec<String> {
        let mut path = self.above.map(Self::path).unwrap_or_default();
        path.extend(self.step.map(|step| match step {
            Step::Field(name) => name.to_owned(),
            Step::Place(place) => place.to_string(),
        }));
        path
    }
}

/// What is wrong in a row so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flaws {
    pub(crate) found: Vec<Flaw>,
    /// Whether the row makes no sense without what was wrong.
    pub(crate) is_broken: bool,
}

impl Flaws {
    /// A part is left out: nothing comes back, and the flaw is noted.
    pub(crate) fn part<T>(&mut self, checked: Result<T, Flaw>) -> Option<T> {
        checked.map_err(|flaw| self.found.push(flaw)).ok()
    }

    /// The row makes no sense without this.
    pub(crate) fn whole<T>(&mut self, checked: Result<T, Flaw>) -> Option<T> {
        let done = self.part(checked);
        self.is_broken |= done.is_none();
        done
    }

    /// Whether the row is saved, under this policy.
    pub(crate) fn lets_through(&self, policy: Policy) -> bool {
        self.found.is_empty() || (policy == Policy::LeaveOutParts && !self.is_broken)
    }
}

impl From<Flaw> for Refusal {
    fn from(flaw: Flaw) -> Self {
        Self::new(flaw.code, flaw.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_tells_the_way_from_the_outside_in() {
        let row = Trail::default();
        let list = row.field("variants");
        let item = list.item(2);
        assert_eq!(item.field("sku").invalid("no").path, ["variants", "2", "sku"]);
        assert_eq!(row.invalid("no").path, Vec::<String>::new());
    }
}
