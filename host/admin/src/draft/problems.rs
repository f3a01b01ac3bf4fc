//! All problems of a draft at once. Whoever reads a source as the program does stops at the first kind of problem: the settings before the
//! connector's own look at them, and the connector before the credentials. So the draft is looked at again and again, without what has problems.

use collector_model::form::Problem;
use collector_sandbox::settings::{Schema, Words};
use serde_json::Value;

use super::form::{SETTINGS, Table, example_settings};

/// Stands for a client ID that has problems, so that those of the credentials beside it are found.
const CLIENT_ID: &str = "00000000-0000-0000-0000-000000000000";

/// What the schema of the connector says about the settings in a source's table, in the words of a form.
pub async fn of_settings(schema: &Schema, table: &Table) -> Vec<Problem> {
    let none = Value::Object(Table::new());
    let checked = schema.check_apart(table.get(SETTINGS).unwrap_or(&none), Words::Form);
    at_fields(checked.await.err().unwrap_or_default())
}

/// Problems of settings at the fields of a form.
fn at_fields(found: Vec<Problem>) -> Vec<Problem> {
    found
        .into_iter()
        .map(|problem| Problem {
            key: match problem.key.as_str() {
                "" => String::new(),
                key => format!("{SETTINGS}.{key}"),
            },
            ..problem
        })
        .collect()
}

/// A source's table without what has problems. What must be there is as in the examples of the connector.
pub fn without(table: &Table, problems: &[Problem], schema: &Schema) -> Table {
    let mut rest = table.clone();
    let examples = example_settings(schema);
    for problem in problems {
        match part(problem, schema) {
            Part::Setting(key) => {
                let settings = rest
                    .entry(SETTINGS)
                    .or_insert_with(|| Value::Object(Table::new()));
                let Some(settings) = settings.as_object_mut() else {
                    continue;
                };
                match examples.get(key) {
                    Some(example) => settings.insert(key.to_owned(), example.clone()),
                    None => settings.remove(key),
                };
            }
            Part::Other("client-id") => {
                let credentials = rest
                    .entry("credentials")
                    .or_insert_with(|| Value::Object(Table::new()));
                if let Some(credentials) = credentials.as_object_mut() {
                    credentials.insert("client-id".to_owned(), Value::from(CLIENT_ID));
                }
            }
            // The rest of them. Without a client ID, that would be a problem.
            Part::Other("credentials") => {
                if let Some(credentials) = rest.get_mut("credentials").and_then(Value::as_object_mut) {
                    credentials.retain(|key, _| key == "client-id");
                }
            }
            Part::Other("name") => {
                rest.insert("name".to_owned(), Value::from("draft"));
            }
            Part::Other(key) => {
                rest.remove(key);
            }
        }
    }
    rest
}

/// Whether a problem is about a part of the table that is known to have one: then it may come of what was left out.
pub fn is_known(problem: &Problem, known: &[Problem], schema: &Schema) -> bool {
    known
        .iter()
        .any(|other| part(other, schema) == part(problem, schema))
}

/// What can be left out of a source's table.
#[derive(PartialEq, Eq)]
enum Part<'a> {
    Setting(&'a str),
    Other(&'a str),
}

/// The part that a problem is about.
fn part<'a>(problem: &'a Problem, schema: &Schema) -> Part<'a> {
    let key = problem.key.as_str();
    if let Some(place) = key.strip_prefix("settings.") {
        // A key may have a dot.
        let whole = schema.properties().any(|(known, ..)| known == place);
        let first = place.split('.').next().unwrap_or(place);
        return Part::Setting(if whole { place } else { first });
    }
    Part::Other(match key {
        "back" | "ahead" => "window",
        "client-secret" | "certificate" | "certificate-password" => "credentials",
        key if key.starts_with("secrets.") => "credentials",
        key => key,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problem(key: &str) -> Problem {
        Problem {
            key: key.into(),
            problem: "it is wrong".into(),
            remedy: String::new(),
        }
    }

    fn schema() -> Schema {
        let schema = json!({
            "required": ["tenant", "agent"],
            "properties": {
                "tenant": {"type": "string", "examples": ["contoso.com"]},
                "agent": {"type": "string", "examples": ["rooms@contoso.com"]},
                "a.b": {"type": "string"},
                "wait": {"type": "integer", "minimum": 1},
            },
        });
        Schema::parse(&schema.to_string()).unwrap()
    }

    fn table(value: Value) -> Table {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_the_schema_says_is_at_the_fields_of_the_form() {
        let found = schema().check(&json!({"agent": "x", "wait": 0}), Words::Form);
        let mut keys: Vec<String> = at_fields(found.unwrap_err())
            .into_iter()
            .map(|problem| problem.key)
            .collect();
        keys.sort();
        assert_eq!(keys, ["settings.tenant", "settings.wait"]);
    }

    #[test]
    fn what_has_problems_is_left_out_or_as_in_the_examples() {
        let written = table(json!({
            "name": "a b", "every": "x", "window": {"back": "y", "ahead": "1d"}, "grants": {"http": ["z"]},
            "credentials": {"client-id": "1"}, "settings": {"tenant": "", "a.b": "1", "wait": 0, "agent": "mine"},
        }));
        let keys = [
            "name",
            "every",
            "back",
            "settings.tenant",
            "settings.a.b",
            "settings.wait.0.x",
            "",
        ];
        let found = keys.map(problem);
        assert_eq!(
            Value::from(without(&written, &found, &schema())),
            json!({
                "name": "draft", "grants": {"http": ["z"]}, "credentials": {"client-id": "1"},
                "settings": {"tenant": "contoso.com", "agent": "mine"},
            })
        );
        for (key, known) in [
            ("ahead", true),
            ("settings.tenant", true),
            ("settings.agent", false),
            ("grants", false),
            ("", true),
        ] {
            assert_eq!(is_known(&problem(key), &found, &schema()), known, "{key}");
        }
        // Nothing was written at all.
        let rest = without(
            &Table::new(),
            &[problem("settings.agent"), problem("client-id")],
            &schema(),
        );
        assert_eq!(
            Value::from(rest),
            json!({"settings": {"agent": "rooms@contoso.com"}, "credentials": {"client-id": CLIENT_ID}})
        );
        // A client ID stays beside what is wrong with a certificate.
        let signs_in = table(json!({"credentials": {"client-id": "1", "certificate": {"stored": "x"}}}));
        assert_eq!(
            Value::from(without(&signs_in, &[problem("certificate")], &schema())),
            json!({"credentials": {"client-id": "1"}})
        );
        // What is wrong with a certificate is found although there is no client ID.
        let beside = is_known(&problem("certificate"), &[problem("client-id")], &schema());
        assert!(!beside);
    }
}
