//! Who acts: told to PostgreSQL with each transaction, so that the audit can write it beside what they changed.
//!
//! It travels in a task-local, from the door to whatever the request calls, and reaches the database in the statement that
//! names the co-op: no further round trip, nothing for use cases to pass on. What a request spawns as a task of its own
//! does not inherit it; there, and in the worker, nobody is set and the audit says that the system did it.

use std::{fmt::Write as _, net::IpAddr};

use kernel::{ApiKeyId, PersonId, SessionId, Who};
use serde::Serialize;

/// The name of the operation is cut to this many characters: clients may choose it.
const MAX_VIA_CHARS: usize = 100;

tokio::task_local! {
    /// Who acts, and the further words of the statement that names the co-ops.
    static ACTING: (Acting, String);
}

/// Who it is that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Doer {
    /// Somebody who signed in.
    Person {
        /// Who they are.
        person: PersonId,
        /// The session that they signed in with; none yet while they sign up.
        #[serde(skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },
    /// A partner's key.
    Key {
        /// Which one.
        key: ApiKeyId,
    },
    /// Whoever holds the machine and uses the command, in the name of a person where the command asks for one.
    Operator {
        /// In whose name.
        #[serde(skip_serializing_if = "Option::is_none")]
        person: Option<PersonId>,
    },
}

impl From<Who> for Doer {
    fn from(who: Who) -> Self {
        match who {
            Who::Person { person, session, factor_at: _ } => Self::Person { person, session: Some(session) },
            Who::Key(key) => Self::Key { key },
        }
    }
}

/// Who acts, through what, and from where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Acting {
    #[serde(flatten)]
    who: Doer,
    via: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<IpAddr>,
}

impl Acting {
    /// `via` is the operation, as in `createApiKey`; `from` the address that the request came from.
    pub fn new(who: impl Into<Doer>, via: &str, from: Option<IpAddr>) -> Self {
        Self { who: who.into(), via: name(via), from: from.map(|from| from.to_canonical()) }
    }
}

/// Runs `future` so that every transaction that it opens itself is told who acts. The innermost word counts.
pub async fn acting<F: Future>(acting: Acting, future: F) -> F::Output {
    let words = words(&acting);
    ACTING.scope((acting, words), future).await
}

/// Runs `future` for the same one who acts, but as a more precise operation: a field of a request, say. Where nobody is set,
/// nobody is.
pub async fn acting_via<F: Future>(via: &str, future: F) -> F::Output {
    match ACTING.try_with(|(known, _)| Acting { via: name(via), ..known.clone() }) {
        Ok(precise) => acting(precise, future).await,
        Err(_) => future.await,
    }
}

/// jsonb takes no NUL, and no control character belongs into a name.
fn name(via: &str) -> String {
    via.chars().filter(|letter| !letter.is_control()).take(MAX_VIA_CHARS).collect()
}

fn words(acting: &Acting) -> String {
    let json = serde_json::to_string(acting).expect("names, ids and an address always serialise");
    // An E string reads the same whatever standard_conforming_strings says: only these two characters mean something in it
    let quoted = json.replace('\\', r"\\").replace('\'', "''");
    format!("; set local guildhall.acting = E'{quoted}'")
}

/// Adds who acts to the statement that names the co-ops; nothing where nobody is set.
pub(crate) fn add_to(sql: &mut String) {
    // An error says that this is outside of any scope
    let _ = ACTING.try_with(|(_, words)| sql.write_str(words));
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn no_name_of_an_operation_ends_the_string_it_stands_in() {
        let who = Doer::Operator { person: None };
        let via = "a'b\\'c\\\\''; drop table sale; --\0\n\"";
        let words = words(&Acting::new(who, via, None));
        let inside = words.strip_prefix("; set local guildhall.acting = E'").unwrap().strip_suffix('\'').unwrap();
        // As PostgreSQL reads an E string: a doubled quote and an escaped backslash are the only special pairs in it
        let mut letters = inside.chars();
        let mut read = String::new();
        while let Some(letter) = letters.next() {
            if letter == '\'' || letter == '\\' {
                assert_eq!(letters.next(), Some(letter), "a single {letter} in {inside}");
            }
            read.push(letter);
        }
        let json: serde_json::Value = serde_json::from_str(&read).unwrap();
        assert_eq!(json["via"], "a'b\\'c\\\\''; drop table sale; --\"");
    }

    #[tokio::test]
    async fn the_innermost_word_counts_and_none_is_left_behind() {
        let (person, key) = (PersonId(Uuid::from_u128(1)), ApiKeyId(Uuid::from_u128(2)));
        let said = || {
            let mut sql = String::new();
            add_to(&mut sql);
            sql
        };
        let outer = Acting::new(Doer::Person { person, session: None }, "outer", "::ffff:192.0.2.7".parse().ok());
        acting(outer, async {
            assert!(said().contains(r#""kind":"person","person":"00000000-0000-0000-0000-000000000001","via":"outer","from":"192.0.2.7""#));
            acting(Acting::new(Doer::Key { key }, "inner", None), async { assert!(said().contains(r#""via":"inner""#)) }).await;
            assert!(said().contains(r#""via":"outer""#));
            acting_via("field", async { assert!(said().contains(r#""via":"field","from":"192.0.2.7""#)) }).await;
        })
        .await;
        assert_eq!(said(), "");
        acting_via("nobody", async { assert_eq!(said(), "") }).await;
    }
}
