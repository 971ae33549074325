//! Questions that nobody would ask, made up from the schema itself: none of them may find a fault.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::app::App;

const SCHEMA: &str = "{ __schema { queryType { name } mutationType { name } types { kind name
    fields { name type { ...t } args { name type { ...t } } } inputFields { name type { ...t } } enumValues { name } } } }
    fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
/// Questions of each kind that are asked.
const QUESTIONS: u32 = 400;
/// How deep they go.
const DEPTH: u32 = 4;

/// Chance that comes out the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("53 bits fit") % most
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

struct Maker {
    chance: Chance,
    types: BTreeMap<String, Value>,
    ids: Vec<String>,
}

impl Maker {
    fn operation(&mut self, kind: &str, root: &str) -> String {
        let fields = self.types[root]["fields"].as_array().expect("a root has fields").clone();
        let picked = self.chance.below(fields.len());
        let mut text = format!("{kind} {{ ");
        self.field(&fields[picked], DEPTH, &mut text);
        text + " }"
    }

    fn field(&mut self, field: &Value, depth: u32, text: &mut String) {
        text.push_str(field["name"].as_str().expect("a name"));
        let arguments = field["args"].as_array().cloned().unwrap_or_default();
        let mut given = Vec::new();
        for argument in arguments {
            let must = argument["type"]["kind"] == "NON_NULL";
            if must && !self.chance.one_in(40) || self.chance.one_in(2) {
                given.push(format!("{}: {}", argument["name"].as_str().expect("a name"), self.value(&argument["type"], 3)));
            }
        }
        if !given.is_empty() {
            let _ = write!(text, "({})", given.join(", "));
        }
        let kind = self.types[named(&field["type"])].clone();
        match kind["fields"].as_array() {
            Some(fields) if !fields.is_empty() => {
                let simple = |field: &&Value| field["args"].as_array().is_none_or(Vec::is_empty);
                let mut chosen = String::from(" { __typename ");
                for field in fields.iter().filter(simple) {
                    let deep = self.types[named(&field["type"])]["fields"].is_array();
                    if (!deep || depth > 1) && self.chance.one_in(2) {
                        self.field(field, depth - 1, &mut chosen);
                        chosen.push(' ');
                    }
                }
                for field in fields.iter().filter(|field| !simple(field)) {
                    if depth > 1 && self.chance.one_in(3) {
                        self.field(field, depth - 1, &mut chosen);
                        chosen.push(' ');
                    }
                }
                *text += &chosen;
                text.push('}');
            }
            _ if kind["kind"] == "UNION" || kind["kind"] == "INTERFACE" => text.push_str(" { __typename }"),
            _ => {}
        }
    }

    fn value(&mut self, kind: &Value, depth: u32) -> String {
        if self.chance.one_in(60) {
            return self.chance.of(&["null", "{}", "[]", "true", "7", "\"\"", "NOTHING"]).to_owned();
        }
        match kind["kind"].as_str().expect("a kind") {
            "NON_NULL" => self.value(&kind["ofType"], depth),
            "LIST" => {
                let items: Vec<String> = (0..self.chance.below(4)).map(|_| self.value(&kind["ofType"], depth)).collect();
                format!("[{}]", items.join(", "))
            }
            "ENUM" => {
                let values = self.types[named(kind)]["enumValues"].as_array().expect("values").clone();
                values[self.chance.below(values.len())]["name"].as_str().expect("a name").to_owned()
            }
            "INPUT_OBJECT" if depth > 0 => {
                let fields = self.types[named(kind)]["inputFields"].as_array().expect("fields").clone();
                let fields: Vec<String> = fields
                    .iter()
                    .filter_map(|field| {
                        let given = field["type"]["kind"] == "NON_NULL" || self.chance.one_in(2);
                        given.then(|| format!("{}: {}", field["name"].as_str().expect("a name"), self.value(&field["type"], depth - 1)))
                    })
                    .collect();
                format!("{{{}}}", fields.join(", "))
            }
            _ => self.scalar(named(kind)),
        }
    }

    fn scalar(&mut self, name: &str) -> String {
        let texts = ["", " ", "x", "a\\u0000b", "\\ud83d\\udc1a", "'; drop table sale; --", "../../etc", "%", "Ada", "a@example.org"];
        let times = [
            "2026-11-05T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2026-02-30T00:00:00Z",
            "-262143-01-01T00:00:00Z",
            "now",
        ];
        match name {
            "Int" => self.chance.of(&["0", "-1", "1", "2", "100", "101", "2147483647", "-2147483648", "4294967296"]).to_owned(),
            "Float" => self.chance.of(&["0.5", "-1", "1e300"]).to_owned(),
            "Boolean" => self.chance.of(&["true", "false"]).to_owned(),
            "DateTime" => format!("\"{}\"", self.chance.of(&times)),
            "BigInt" => {
                format!("\"{}\"", self.chance.of(&["0", "1", "1000", "-1", "9223372036854775807", "-9223372036854775808", "1e3", ""]))
            }
            "Month" => format!("\"{}\"", self.chance.of(&["2026-11", "2026-10", "0000-01", "9999-12", "262142-12", "2026-13", ""])),
            "Currency" => format!("\"{}\"", self.chance.of(&["EUR", "JPY", "eur", "XXX", ""])),
            "JSON" => self
                .chance
                .of(&["{}", "[]", "{name: \"x\", steps: []}", "{name: 7}", "{name: \"x\", steps: [{step: \"owners\", share: \"rest\"}]}"])
                .to_owned(),
            "ID" if !self.chance.one_in(4) => format!("\"{}\"", self.ids[self.chance.below(self.ids.len())]),
            _ => format!("\"{}\"", self.chance.of(&texts)),
        }
    }
}

/// The name of a type without its wrappings.
fn named(kind: &Value) -> &str {
    match kind["name"].as_str() {
        Some(name) if kind["ofType"].is_null() => name,
        _ => named(&kind["ofType"]),
    }
}

#[tokio::test]
async fn no_question_made_up_from_the_schema_finds_a_fault() {
    let app = App::open().await;
    let schema = app.admin.ask(SCHEMA, json!({})).await.at("/__schema");
    let types = schema["types"].as_array().unwrap().iter().map(|one| (one["name"].as_str().unwrap().to_owned(), one.clone())).collect();
    let known = super::cases::Ids::of(&app).await;
    let mut ids: Vec<String> = known.all().into_iter().map(str::to_owned).collect();
    ids.extend([String::new(), "UGFydHk6eA".to_owned(), "U2FsZTow".to_owned(), "x".repeat(300)]);
    let mut maker = Maker { chance: Chance(0x9e37_79b9_7f4a_7c15), types, ids };
    let (mut faults, mut answered) = (Vec::new(), 0);
    for number in 0..QUESTIONS {
        let (kind, root) = if number % 3 == 0 { ("mutation", "Mutation") } else { ("query", "Query") };
        let question = maker.operation(kind, root);
        // What ends the session that asks is tried elsewhere
        if ["signOut", "revokeSession", "revokeOtherSessions", "leaveCoOp", "closeCoOp", "suspendCoOp", "removeTotp"]
            .iter()
            .any(|name| question.contains(name))
        {
            continue;
        }
        let answer = app.admin.ask(&question, json!({})).await;
        answered += usize::from(answer.codes().is_empty());
        if answer.status >= 500 || answer.codes().iter().any(|code| code == "INTERNAL" || code == "TIMED_OUT" || code == "none") {
            faults.push(format!("{question}\n  {}", answer.body));
        }
    }
    assert_eq!(faults, Vec::<String>::new(), "{}", faults.join("\n"));
    assert!(answered > 20, "only {answered} of the questions had an answer");
    app.api.stop().await;
}
