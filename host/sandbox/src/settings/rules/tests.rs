use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::settings::{Schema, Words};

fn refused(schema: &Value) -> String {
    match Schema::parse(&schema.to_string()) {
        Ok(_) => format!("taken: {schema}"),
        Err(error) => error.to_string(),
    }
}

fn taken(schema: &Value) -> Schema {
    Schema::parse(&schema.to_string()).unwrap_or_else(|error| panic!("{error}: {schema}"))
}

/// Definitions that each consist of a reference to the next; the last accepts anything.
fn links(count: usize, link: impl Fn(Value) -> Value) -> Value {
    let definitions: Map<String, Value> = (0..count)
        .map(|number| {
            let next = json!({"$ref": format!("#/$defs/d{}", number + 1)});
            (format!("d{number}"), link(next))
        })
        .chain([(format!("d{count}"), json!({}))])
        .collect();
    json!({"$ref": "#/$defs/d0", "$defs": definitions})
}

#[test]
fn a_chain_of_references_is_as_deep_as_schemas_inside_each_other() {
    let deep = "nested schemas: at most 64 are allowed; write a simpler schema, and check the rest in `authorization`";
    assert_eq!(refused(&links(7_000, |next| next)), deep);
    assert_eq!(refused(&links(64, |next| next)), deep);
    taken(&links(60, |next| next));
    let nested = |depth| (0..depth).fold(json!({}), |inner, _| json!({"not": inner}));
    taken(&nested(60));
    assert_eq!(refused(&nested(70)), deep);
    // Both together: each of eight references adds eight levels.
    let both = links(8, |next| (0..8).fold(next, |inner, _| json!({"items": inner})));
    assert_eq!(refused(&both), deep);
}

#[test]
fn doubled_references_count_as_often_as_they_are_followed() {
    for doubled in [
        links(40, |next| json!({"allOf": [next, next]})),
        links(40, |next| json!({"properties": {"a": next, "b": next}})),
        links(11, |next| json!({"if": next, "then": next})),
    ] {
        assert_eq!(
            refused(&doubled),
            "schemas, written out without `$ref`: at most 2000 are allowed; write a simpler schema, and check the rest in `authorization`"
        );
    }
    taken(&links(8, |next| json!({"allOf": [next, next]})));
}

#[test]
fn what_is_referred_to_often_is_not_long() {
    let places: Map<String, Value> = (0..100)
        .map(|number| (number.to_string(), json!({"$ref": "#/$defs/long"})))
        .collect();
    let with = |rule: Value| json!({"properties": places, "$defs": {"long": rule}});
    assert_eq!(
        refused(&with(json!({"enum": vec!["some choice"; 1_000]}))),
        "bytes of rules, written out without `$ref`: at most 262144 are allowed; write a simpler schema, and check the rest in `authorization`"
    );
    // Words for people are not rules.
    taken(&with(json!({"enum": ["a"], "description": "x".repeat(10_000)})));
    assert_eq!(
        refused(&with(json!({"pattern": "a"}))),
        "patterns, written out without `$ref`: at most 64 are allowed; write a simpler schema, and check the rest in `authorization`"
    );
}

#[test]
fn a_circle_is_refused_by_the_reference_that_closes_it() {
    let circle = json!({"$ref": "#/$defs/a", "$defs": {
        "a": {"items": {"$ref": "#/$defs/b"}},
        "b": {"properties": {"c": {"$ref": "#/$defs/a"}}},
    }});
    assert_eq!(
        refused(&circle),
        "`$ref` \"#/$defs/a\" leads back to itself; write the nested schemas out, as deep as settings may be"
    );
}

#[test]
fn references_lead_to_definitions_of_the_schema_only() {
    for reference in [
        "https://schemas.example/settings.json",
        "file:///etc/passwd",
        "#",
        "#/properties/a",
        "#/$defs/",
        "#/$defs/a/items",
        "#/$defs/%61",
        "#a",
        "",
    ] {
        let said = refused(&json!({"properties": {"a": {"$ref": reference}}, "$defs": {"a": {}}}));
        assert_eq!(
            said,
            format!(
                "/properties/a: `$ref` is {reference:?}; refer to a definition inside the schema, as in `#/$defs/NAME`"
            )
        );
    }
    assert_eq!(
        refused(&json!({"$ref": "#/$defs/b", "$defs": {"a": {}}})),
        "the schema: a `$ref` names `b`, which is not in `$defs`"
    );
}

#[test]
fn keywords_that_change_what_others_mean_are_refused_with_what_to_write() {
    for (schema, said) in [
        (
            json!({"$id": "https://a.example"}),
            "the schema: `$id` is not supported; refer to `#/$defs/NAME`",
        ),
        (
            json!({"properties": {"a": {"$dynamicRef": "#a"}}}),
            "/properties/a: `$dynamicRef` is not supported; refer to `#/$defs/NAME`",
        ),
        (
            json!({"unevaluatedProperties": false}),
            "the schema: `unevaluatedProperties` is not supported; write `additionalProperties` or `items` beside the properties or items",
        ),
        (
            json!({"definitions": {}}),
            "the schema: `definitions` is not supported; it belongs to an older version of JSON Schema; use its 2020-12 equivalent",
        ),
        (
            json!({"items": {"$defs": {}}}),
            "/items: `$defs` is not supported; put all definitions into the `$defs` of the whole schema",
        ),
        (
            json!({"$schema": "http://json-schema.org/draft-07/schema#"}),
            "/$schema: it is not https://json-schema.org/draft/2020-12/schema, the only supported dialect",
        ),
    ] {
        assert_eq!(refused(&schema), said);
    }
    // As names of settings, these are ordinary names.
    let schema = taken(&json!({"properties": {"$id": {"type": "string"}, "$ref": {"type": "string"}}}));
    assert!(schema.check(&json!({"$ref": 7}), Words::File).is_err());
    assert!(schema.check(&json!({"$id": "x"}), Words::File).is_ok());
}

#[test]
fn patterns_are_matched_in_time_that_grows_with_the_text_alone() {
    // Backtracking would take 2^n steps.
    let schema = taken(&json!({"properties": {"a": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}}}));
    assert!(
        schema
            .check(&json!({"a": "a".repeat(100_000)}), Words::File)
            .is_err()
    );
    let said = refused(&json!({"pattern": "(?=a)b"}));
    assert!(said.starts_with("/pattern: "), "{said}");
    let said = refused(&json!({"patternProperties": {"\\p{L}{1000}{1000}": {}}}));
    assert!(!said.starts_with("taken"), "{said}");
    assert_eq!(
        refused(&json!({"pattern": "a".repeat(2_000)})),
        "/pattern: a pattern of 2000 bytes; at most 1024 are allowed"
    );
}

#[test]
fn what_is_no_schema_is_told_with_its_place() {
    assert_eq!(
        refused(&json!(7)),
        "the schema: a schema must be an object, true or false"
    );
    assert_eq!(
        refused(&json!({"allOf": {}})),
        "/allOf: it is not a list of schemas"
    );
    assert_eq!(
        refused(&json!({"properties": {"a/b": []}})),
        "/properties/a~1b: a schema must be an object, true or false"
    );
    let said = refused(&json!({"properties": {"a": {"type": "text"}}}));
    assert!(said.starts_with("/properties/a/type: "), "{said}");
    assert!(
        Schema::parse("{")
            .unwrap_err()
            .to_string()
            .starts_with("it is not JSON: ")
    );
}

#[test]
fn words_that_are_no_rules_stay_for_forms() {
    let written = json!({"properties": {"a": {"type": "string", "advanced": true, "examples": [{"$ref": "#"}], "x-own": {"$id": 1}}}});
    assert_eq!(taken(&written).written(), &written);
}

#[test]
fn the_dearest_schemas_that_are_taken_are_checked() {
    // Close to every limit, against settings of a megabyte. What matters is that this ends: the limits were chosen by the time it takes.
    let list: Vec<Value> = (0..2_000)
        .map(|number| json!({"a": "x".repeat(400), "n": number}))
        .collect();
    let settings = json!({ "list": list });
    let alternatives: Vec<Value> = (0..900)
        .map(|n| json!({"properties": {"n": {"const": -n}}, "required": ["z"]}))
        .collect();
    for schema in [
        json!({"properties": {"list": {"items": {"anyOf": alternatives}}}}),
        json!({"properties": {"list": {"items": {"oneOf": alternatives}, "uniqueItems": true}}}),
        links(8, |next| json!({"anyOf": [{"not": next}, {"items": next}]})),
        links(29, |next| json!({"anyOf": [next]})),
        links(19, |next| json!({"not": {"oneOf": [next, false]}})),
        links(29, |next| json!({"if": next, "else": {"type": "string"}})),
    ] {
        let schema = taken(&schema);
        let _ = schema.check(&settings, Words::File);
    }
}

fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..6u8).prop_map(|n| json!({"$ref": format!("#/$defs/d{n}")})),
        "[a-z$]{1,12}".prop_map(|keyword| json!({keyword: 1})),
        "\\PC{0,12}".prop_map(|pattern| json!({"pattern": pattern})),
    ];
    leaf.prop_recursive(6, 48, 4, |inner| {
        let several = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (
                prop_oneof!["allOf", "anyOf", "oneOf", "prefixItems"],
                several.clone()
            )
                .prop_map(|(keyword, inner)| json!({keyword: inner})),
            (
                prop_oneof!["items", "not", "if", "then", "else", "contains"],
                inner
            )
                .prop_map(|(keyword, inner)| json!({keyword: inner})),
            several.prop_map(|inner| {
                let named: Map<String, Value> = inner
                    .into_iter()
                    .enumerate()
                    .map(|(n, schema)| (format!("p{n}"), schema))
                    .collect();
                json!({"properties": named})
            }),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_schema_says_it_is_taken_or_refused(
        definitions in proptest::collection::vec(any_schema(), 6),
        whole in any_schema(),
    ) {
        let mut whole = whole;
        if let Value::Object(whole) = &mut whole {
            let definitions: Map<String, Value> =
                definitions.into_iter().enumerate().map(|(n, schema)| (format!("d{n}"), schema)).collect();
            whole.insert("$defs".into(), definitions.into());
        }
        if let Ok(schema) = Schema::parse(&whole.to_string()) {
            let _ = schema.check(&json!({"p0": [1, {"p1": "x"}], "p1": {"p0": null}}), Words::File);
        }
    }
}
