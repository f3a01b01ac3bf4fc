//! A source's settings against the JSON Schema that its connector describes, in words for people.

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The setting's key, or empty when it is about several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// Checks settings against a connector's schema.
///
/// # Errors
/// All that is wrong with them. A schema that is none is a problem of the connector, and said as such.
pub fn check(schema: &str, settings: &Value) -> Result<(), Vec<SettingsProblem>> {
    let broken = |error: String| {
        vec![SettingsProblem {
            key: String::new(),
            problem: format!("the connector's schema for its settings cannot be used: {error}"),
            remedy: "get a corrected connector from whoever made it".into(),
        }]
    };
    let schema: Value = serde_json::from_str(schema).map_err(|error| broken(error.to_string()))?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| broken(error.to_string()))?;
    let problems: Vec<_> = validator
        .iter_errors(settings)
        .flat_map(|error| in_words(&error, &schema))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// A setting that was given as text, in the type that the schema wants. What cannot be one stays text, for [`check`] to say so.
pub fn typed(schema: &str, key: &str, text: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let wanted = property(&schema, key)
        .and_then(|property| property.get("type"))
        .and_then(Value::as_str);
    match wanted {
        Some("integer" | "number" | "boolean" | "array" | "object") => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
        }
        _ => Value::from(text),
    }
}

fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.pointer(&format!(
        "/properties/{}",
        key.replace('~', "~0").replace('/', "~1")
    ))
}

fn in_words(error: &jsonschema::ValidationError<'_>, schema: &Value) -> Vec<SettingsProblem> {
    let key = error
        .instance_path()
        .to_string()
        .trim_start_matches('/')
        .replace('/', ".");
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![SettingsProblem {
                key: name.to_owned(),
                problem: "it is missing".into(),
                remedy: describe(schema, name),
            }]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| SettingsProblem {
                key: name.clone(),
                problem: "there is no such setting".into(),
                remedy: crate::config::known_keys(name, known(schema)),
            })
            .collect(),
        ValidationErrorKind::Enum { options } => {
            let allowed: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(Value::to_string)
                .collect();
            let found = match error.instance().as_ref() {
                Value::Array(_) => "a list".to_owned(),
                Value::Object(_) => "a table".to_owned(),
                plain => plain.to_string(),
            };
            vec![SettingsProblem {
                problem: format!("it may not be {found}"),
                remedy: format!("it may be {}", allowed.join(", ")),
                key,
            }]
        }
        _ => {
            let remedy = describe(schema, &key);
            // The words of the schema checker name the value and the rule. A text may be a private address, also inside a table or a list.
            let problem = match error.instance().as_ref() {
                Value::Null | Value::Bool(_) | Value::Number(_) => error.to_string(),
                Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    error.masked_with("what stands there").to_string()
                }
            };
            vec![SettingsProblem { key, problem, remedy }]
        }
    }
}

fn known(schema: &Value) -> impl Iterator<Item = &str> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|all| all.keys().map(String::as_str))
}

/// What a setting is, with an example.
fn describe(schema: &Value, key: &str) -> String {
    let property = property(schema, key);
    let text = |name: &str| {
        property
            .and_then(|property| property.get(name))
            .and_then(Value::as_str)
    };
    let what = text("description")
        .or(text("title"))
        .unwrap_or("see the connector's description")
        .trim_end_matches('.');
    let example = property.and_then(|property| property.pointer("/examples/0"));
    match example {
        Some(example) => format!("{what}; for example {key} = {example}"),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    fn problems(settings: &Value) -> Vec<String> {
        let problems = check(SCHEMA, settings).unwrap_err();
        problems
            .iter()
            .map(|problem| format!("{}: {}; {}", problem.key, problem.problem, problem.remedy))
            .collect()
    }

    #[test]
    fn a_setting_given_as_text_has_the_type_that_the_schema_wants() {
        let schema = r#"{"properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}, "c": {"type": "array"},
                                        "d": {"type": "string"}, "e": {"enum": ["1"]}}}"#;
        for (key, text, value) in [
            ("a", "7", json!(7)),
            ("a", "seven", json!("seven")),
            ("b", "true", json!(true)),
            ("c", "[\"x\", 1]", json!(["x", 1])),
            ("d", "7", json!("7")),
            ("e", "1", json!("1")),
            ("unknown", "true", json!("true")),
        ] {
            assert_eq!(typed(schema, key, text), value, "{key} {text}");
        }
    }

    #[test]
    fn settings_that_fit_pass() {
        assert_eq!(
            check(SCHEMA, &json!({"tenant": "contoso.com", "cloud": "china"})),
            Ok(())
        );
    }

    #[test]
    fn a_missing_setting_is_named_with_its_description_and_example() {
        assert_eq!(
            problems(&json!({})),
            [
                "tenant: it is missing; The tenant's domain or id; for example tenant = \"contoso.onmicrosoft.com\""
            ]
        );
    }

    #[test]
    fn an_unknown_setting_is_named_with_what_was_meant() {
        assert_eq!(
            problems(&json!({"tenant": "x", "cluod": "global"})),
            ["cluod: there is no such setting; did you mean `cloud`? known are cloud, tenant"]
        );
    }

    #[test]
    fn a_value_that_is_not_allowed_is_named_with_those_that_are() {
        assert_eq!(
            problems(&json!({"tenant": "x", "cloud": "moon"})),
            ["cloud: it may not be \"moon\"; it may be \"global\", \"china\""]
        );
    }

    #[test]
    fn a_value_of_another_type_is_named() {
        assert_eq!(
            problems(&json!({"tenant": 7})),
            [
                "tenant: 7 is not of type \"string\"; The tenant's domain or id; for example tenant = \"contoso.onmicrosoft.com\""
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
            "cloud: it may not be a list; it may be \"global\", \"china\""
        );
    }

    #[test]
    fn a_schema_that_is_none_is_the_connectors_fault() {
        let problems = check("{", &json!({})).unwrap_err();
        assert!(
            problems[0]
                .problem
                .starts_with("the connector's schema for its settings cannot be used")
        );
    }
}
