//! What clients rely on is not taken away unawares: the schema beside the one that was released last.
//!
//! `services/api/schema.released.graphql` is the schema of the last release; a release copies `schema.graphql` over it and
//! empties `services/api/breaking-changes.txt`. Until then every change that can break a client stands there, with the day on
//! which it was announced: `2026-11-22 Query.sale is gone`. A clone without history can check it as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use async_graphql::parser::{
    parse_schema,
    types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
};

type Inputs = BTreeMap<String, (Type, bool)>;

/// What clients rely on of a type.
#[derive(Debug, Default)]
struct Shape {
    kind: &'static str,
    fields: BTreeMap<String, (Type, Inputs)>,
    inputs: Inputs,
    /// Values of an enum, members of a union, interfaces of an object.
    names: BTreeSet<String>,
}

fn inputs<'a>(of: impl Iterator<Item = &'a InputValueDefinition>) -> Inputs {
    of.map(|one| (one.name.node.to_string(), (one.ty.node.clone(), one.default_value.is_some()))).collect()
}

fn fields<'a>(of: impl Iterator<Item = &'a FieldDefinition>) -> BTreeMap<String, (Type, Inputs)> {
    let field = |one: &FieldDefinition| (one.ty.node.clone(), inputs(one.arguments.iter().map(|argument| &argument.node)));
    of.map(|one| (one.name.node.to_string(), field(one))).collect()
}

fn shapes(sdl: &str) -> BTreeMap<String, Shape> {
    let document = parse_schema(sdl).expect("the schema parses");
    let types = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(one) => Some(one.node),
        TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
    });
    types
        .map(|one| {
            let names = |of: &[async_graphql::Positioned<async_graphql::Name>]| of.iter().map(|name| name.node.to_string()).collect();
            let shape = match &one.kind {
                TypeKind::Scalar => Shape { kind: "scalar", ..Shape::default() },
                TypeKind::Object(object) => Shape {
                    kind: "object",
                    fields: fields(object.fields.iter().map(|field| &field.node)),
                    names: names(&object.implements),
                    ..Shape::default()
                },
                TypeKind::Interface(interface) => {
                    Shape { kind: "interface", fields: fields(interface.fields.iter().map(|field| &field.node)), ..Shape::default() }
                }
                TypeKind::Union(union) => Shape { kind: "union", names: names(&union.members), ..Shape::default() },
                TypeKind::Enum(values) => Shape {
                    kind: "enum",
                    names: values.values.iter().map(|value| value.node.value.node.to_string()).collect(),
                    ..Shape::default()
                },
                TypeKind::InputObject(input) => {
                    Shape { kind: "input", inputs: inputs(input.fields.iter().map(|field| &field.node)), ..Shape::default() }
                }
            };
            (one.name.node.to_string(), shape)
        })
        .collect()
}

/// Whether what clients read as `before` may become `after`: no more nulls than they know of.
fn may_be_read(before: &Type, after: &Type) -> bool {
    (before.nullable || !after.nullable)
        && match (&before.base, &after.base) {
            (BaseType::Named(before), BaseType::Named(after)) => before == after,
            (BaseType::List(before), BaseType::List(after)) => may_be_read(before, after),
            _ => false,
        }
}

/// Whether what clients send as `before` is still taken: nothing is asked for that they may leave out.
fn may_be_sent(before: &Type, after: &Type) -> bool {
    (after.nullable || !before.nullable)
        && match (&before.base, &after.base) {
            (BaseType::Named(before), BaseType::Named(after)) => before == after,
            (BaseType::List(before), BaseType::List(after)) => may_be_sent(before, after),
            _ => false,
        }
}

fn compare_inputs(place: &str, before: &Inputs, after: &Inputs, broken: &mut BTreeSet<String>) {
    for (name, (was, _)) in before {
        match after.get(name) {
            None => drop(broken.insert(format!("{place}.{name} is gone"))),
            Some((is, _)) if !may_be_sent(was, is) => drop(broken.insert(format!("{place}.{name} was {was} and is {is}"))),
            Some(_) => {}
        }
    }
    for (name, (is, has_default)) in after {
        if !before.contains_key(name) && !is.nullable && !has_default {
            broken.insert(format!("{place}.{name} is new and must be given"));
        }
    }
}

/// Every change that can break a client.
fn breaking(before: &str, after: &str) -> BTreeSet<String> {
    let (before, after) = (shapes(before), shapes(after));
    let mut broken = BTreeSet::new();
    for (name, was) in &before {
        let Some(is) = after.get(name).filter(|is| is.kind == was.kind) else {
            broken.insert(format!("{name} is gone"));
            continue;
        };
        for gone in was.names.difference(&is.names) {
            broken.insert(format!("{name}.{gone} is gone"));
        }
        compare_inputs(name, &was.inputs, &is.inputs, &mut broken);
        for (field, (was, arguments)) in &was.fields {
            let place = format!("{name}.{field}");
            match is.fields.get(field) {
                None => drop(broken.insert(format!("{place} is gone"))),
                Some((is, _)) if !may_be_read(was, is) => drop(broken.insert(format!("{place} was {was} and is {is}"))),
                Some((_, now)) => compare_inputs(&place, arguments, now, &mut broken),
            }
        }
    }
    broken
}

#[test]
fn j10_a_change_that_breaks_clients_is_declared_with_its_day() {
    let api = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the root").join("services/api");
    let released = fs::read_to_string(api.join("schema.released.graphql")).expect("the released schema is there");
    let declared = fs::read_to_string(api.join("breaking-changes.txt")).expect("the list is there");
    let lines = declared.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let declared: BTreeSet<String> = lines
        .map(|line| {
            let (day, change) = line.split_once(' ').expect("a line has a day and a change");
            day.parse::<chrono::NaiveDate>().expect("a line begins with its day");
            change.to_owned()
        })
        .collect();
    assert_eq!(breaking(&released, &::api::sdl()), declared, "found and declared in services/api/breaking-changes.txt");
}

#[test]
fn what_breaks_clients_is_found_and_what_does_not_is_not() {
    let before = "type Query { a(x: Int, y: Int!): Int b: Int! c: [Int!] } enum E { P Q } input I { u: Int v: Int! } scalar S";
    let same = "type Query { a(x: Int, y: Int, z: Int, w: Int! = 1): Int! b: Int! c: [Int!]! d: Int } enum E { P Q R } input I { u: Int v: Int w: Int } scalar S";
    assert_eq!(breaking(before, same), BTreeSet::new());
    let other = "type Query { a(x: Int!, z: Int!): String b: Int c: [Int] } enum E { P } input I { u: Int! v: Int! w: Int! }";
    let told: Vec<String> = breaking(before, other).into_iter().collect();
    let expected = [
        "E.Q is gone",
        "I.u was Int and is Int!",
        "I.w is new and must be given",
        "Query.a was Int and is String",
        "Query.b was Int! and is Int",
        "Query.c was [Int!] and is [Int]",
        "S is gone",
    ];
    assert_eq!(told, expected);
    let arguments = "type Query { a(x: Int!, z: Int!): Int b: Int! c: [Int!] } enum E { P Q } input I { u: Int v: Int! } scalar S";
    let told: Vec<String> = breaking(before, arguments).into_iter().collect();
    assert_eq!(told, ["Query.a.x was Int and is Int!", "Query.a.y is gone", "Query.a.z is new and must be given"]);
}
