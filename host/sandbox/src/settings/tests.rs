//! Settings against schemas, and the resulting messages.

use serde_json::{Value, json};

use super::*;

const SCHEMA: &str = r#"{
    "type": "object",
    "required": ["tenant"],
    "additionalProperties": false,
    "properties": {
        "tenant": { "type": "string", "title": "Tenant", "description": "The tenant's domain or id.", "examples": ["contoso.onmicrosoft.com"] },
        "cloud": { "enum": ["global", "china"], "title": "Cloud" }
    }
}"#;

fn schema(text: &str) -> Schema {
    Schema::parse(text).unwrap()
}

fn problems(settings: &Value) -> Vec<String> {
    let problems = schema(SCHEMA).check(settings, Words::File).unwrap_err();
    problems
        .iter()
        .map(|problem| format!("{}: {}; {}", problem.key, problem.problem, problem.remedy))
        .collect()
}

#[test]
fn a_setting_given_as_text_has_the_type_that_the_schema_wants() {
    let schema = schema(
        r#"{"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"type": "array"},
                           "d": {"type": "string"}, "e": {"enum": ["1"]}}}"#,
    );
    for (key, text, value) in [
        ("a", "7", json!(7)),
        ("a", "seven", json!("seven")),
        ("b", "true", json!(true)),
        ("c", "[\"x\", 1]", json!(["x", 1])),
        ("d", "7", json!("7")),
        ("e", "1", json!("1")),
        ("unknown", "true", json!("true")),
    ] {
        assert_eq!(schema.typed(key, text), value, "{key} {text}");
    }
}

#[test]
fn settings_that_fit_pass() {
    assert_eq!(
        schema(SCHEMA).check(&json!({"tenant": "contoso.com", "cloud": "china"}), Words::File),
        Ok(())
    );
}

#[test]
fn a_missing_setting_is_named_with_its_description_and_example() {
    assert_eq!(
        problems(&json!({})),
        [
            "tenant: it is missing; add it, for example tenant = \"contoso.onmicrosoft.com\". The tenant's domain or id"
        ]
    );
}

#[test]
fn an_unknown_setting_is_named_with_what_was_meant() {
    assert_eq!(
        problems(&json!({"tenant": "x", "cluod": "global"})),
        ["cluod: there is no such setting; did you mean `cloud`? valid keys are cloud, tenant"]
    );
}

#[test]
fn a_value_that_is_not_allowed_is_named_with_those_that_are() {
    assert_eq!(
        problems(&json!({"tenant": "x", "cloud": "moon"})),
        ["cloud: \"moon\" is not allowed; use one of: \"global\", \"china\""]
    );
}

#[test]
fn a_value_of_another_type_is_named() {
    assert_eq!(
        problems(&json!({"tenant": 7})),
        [
            "tenant: 7 is not of type \"string\"; correct it, for example tenant = \"contoso.onmicrosoft.com\". The tenant's domain or id"
        ]
    );
}

#[test]
fn a_text_is_not_repeated_where_it_does_not_belong() {
    let private = "https://calendars.example/private-token.ics";
    for settings in [
        json!({"tenant": [private]}),
        json!({"tenant": {"url": private}}),
        json!({"tenant": "x", "cloud": [private]}),
        json!({"tenant": "x", "cloud": {"url": private}}),
    ] {
        let said = problems(&settings);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(!said[0].contains("private"), "{said:?}");
    }
    assert_eq!(
        problems(&json!({"tenant": "x", "cloud": [private]}))[0],
        "cloud: a list is not allowed; use one of: \"global\", \"china\""
    );
}

#[test]
fn long_words_of_a_schema_are_cut() {
    let choices: Vec<String> = (0..2_000).map(|number| format!("choice {number}")).collect();
    let schema = schema(
        &json!({
            "required": ["b"],
            "properties": {"a": {"enum": choices}, "b": {"description": "x".repeat(100_000)}},
        })
        .to_string(),
    );
    let problems = schema
        .check(&json!({"a": "y".repeat(100_000)}), Words::File)
        .unwrap_err();
    assert_eq!(problems.len(), 2);
    for problem in problems {
        assert!(problem.problem.len() <= TEXT && problem.remedy.len() <= TEXT);
    }
}

#[test]
fn a_hundred_problems_are_told_of_more() {
    let schema = schema(r#"{"additionalProperties": {"type": "integer"}}"#);
    let settings: serde_json::Map<String, Value> =
        (0..1_000).map(|n| (format!("k{n}"), json!("x"))).collect();
    assert_eq!(
        schema.check(&settings.into(), Words::File).unwrap_err().len(),
        100
    );
}

#[test]
fn a_problem_inside_a_list_of_tables_is_named_with_its_place_and_description() {
    let schema = schema(
        r#"{"properties": {"feeds": {"type": "array", "items": {
            "type": "object", "required": ["room"], "additionalProperties": false,
            "properties": {"room": {"type": "string", "description": "The room's address."}, "capacity": {"type": "integer"}}
        }}}}"#,
    );
    let settings = json!({"feeds": [{"room": "a"}, {"capacity": "x", "floor": 1}]});
    let mut found: Vec<String> = schema
        .check(&settings, Words::File)
        .unwrap_err()
        .into_iter()
        .map(|problem| format!("{}: {}", problem.key, problem.remedy))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "feeds.1.capacity: correct it. See the connector's description",
            "feeds.1.floor: valid keys are capacity, room",
            "feeds.1.room: add it. The room's address",
        ]
    );
}

#[test]
fn a_number_out_of_bounds_is_named_with_an_example_that_can_be_typed() {
    let schema = schema(
        r#"{"properties": {
            "wait": {"type": "integer", "maximum": 9, "examples": [5], "description": "Seconds."},
            "feeds": {"type": "array", "items": {"properties": {
                "capacity": {"type": "integer", "minimum": 0, "examples": [12], "description": "Seats."}
            }}}
        }}"#,
    );
    let found = schema
        .check(&json!({"wait": 10, "feeds": [{"capacity": -5}]}), Words::File)
        .unwrap_err();
    let mut found: Vec<String> = found
        .into_iter()
        .map(|problem| format!("{}: {}; {}", problem.key, problem.problem, problem.remedy))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "feeds.0.capacity: it is less than 0; correct it, for example 12. Seats",
            "wait: it is more than 9; correct it, for example wait = 5. Seconds",
        ]
    );
}

#[test]
fn whoever_fills_in_a_form_reads_what_to_enter_and_nothing_of_toml_or_of_rules() {
    let schema = schema(
        r#"{"required": ["tenant", "zone"], "properties": {
            "tenant": {"type": "string", "description": "The tenant.", "examples": ["contoso.com"]},
            "zone": {"type": "string"},
            "cloud": {"enum": ["global", "china"]},
            "wait": {"type": "integer", "minimum": 1, "maximum": 9},
            "agent": {"type": "string", "maxLength": 3},
            "lists": {"type": "string", "pattern": "^[a-z]+$", "examples": ["hq"]},
            "pages": {"type": "array", "examples": [[1, 2]]}
        }}"#,
    );
    let settings = json!({"cloud": "moon", "wait": 10, "agent": "long", "lists": "1", "pages": "7"});
    let found = schema.check(&settings, Words::Form).unwrap_err();
    let mut found: Vec<String> = found
        .into_iter()
        .map(|problem| format!("{}: {}; {}", problem.key, problem.problem, problem.remedy))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "agent: it has more than 3 characters; shorten it",
            "cloud: moon is not allowed; choose one of: global, china",
            "lists: it is not of the expected form; enter one like hq",
            "pages: it is not of the expected form; enter one like [1,2]",
            "tenant: it is missing; enter one like contoso.com",
            "wait: it is more than 9; enter 9 or less",
            "zone: it is missing; see what it is for",
        ]
    );
}
