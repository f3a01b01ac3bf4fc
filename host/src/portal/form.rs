//! A connector's settings schema as a form, and a filled-in form as the table of a source, as it stands in the configuration.

use std::collections::BTreeMap;

use collector_portal::api::{self, Field, FieldKind, Form, Input, Problem};
use serde_json::{Map, Value};

use crate::sandbox::Manifest;

/// A source's table, as it stands in the configuration.
pub(super) type Table = Map<String, Value>;

/// Where the keys stand that a form sets. All others (limits, what may be revealed, …) are left as they are.
const SETTINGS: &str = "settings";
const CREDENTIALS: &str = "credentials";

/// The form for a source of a connector. `secret` is the name of the token that it signs in for; none when it signs in nowhere.
pub(super) fn form(manifest: &Manifest, token: Option<&str>) -> Form {
    let schema: Value = serde_json::from_str(&manifest.settings_schema).unwrap_or_default();
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields: Vec<Field> = properties
        .into_iter()
        .flatten()
        .map(|(key, property)| field(key, property, required.contains(&key.as_str())))
        .collect();
    // A JSON object has no order: what must be given first, what is for few last.
    fields.sort_by_key(|field| (field.advanced, !field.required));
    Form {
        connector: manifest.name.clone(),
        title: manifest.title.clone(),
        description: manifest.description.clone(),
        fields,
        signs_in: token.is_some(),
        secrets: manifest
            .secrets
            .iter()
            .filter(|need| Some(need.name.as_str()) != token)
            .map(secret_need)
            .collect(),
    }
}

pub(super) fn secret_need(need: &crate::sandbox::SecretNeed) -> api::SecretNeed {
    api::SecretNeed {
        name: need.name.clone(),
        purpose: need.purpose.clone(),
        reveal: need.reveal,
    }
}

fn field(key: &str, property: &Value, required: bool) -> Field {
    let text = |name: &str| property.get(name).and_then(Value::as_str).map(str::to_owned);
    let choices: Option<Vec<String>> = property.get("enum").and_then(Value::as_array).map(|values| {
        values
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    });
    let kind = match (choices, text("type").as_deref()) {
        (Some(choices), _) => FieldKind::Choice(choices),
        (None, Some("string")) => FieldKind::Text,
        (None, Some("integer" | "number")) => FieldKind::Number,
        (None, Some("boolean")) => FieldKind::Toggle,
        (None, _) => FieldKind::Json,
    };
    let examples = property.get("examples").and_then(Value::as_array);
    Field {
        key: key.to_owned(),
        title: text("title").unwrap_or_else(|| key.to_owned()),
        help: text("description").unwrap_or_default(),
        kind,
        required,
        advanced: property
            .get("advanced")
            .and_then(Value::as_bool)
            .unwrap_or_default(),
        default: property.get("default").map(shown),
        examples: examples.into_iter().flatten().map(shown).collect(),
        max_length: property
            .get("maxLength")
            .and_then(Value::as_u64)
            .and_then(|length| u32::try_from(length).ok()),
    }
}

/// Settings that a connector would take: the examples of those that must be given. To ask it what follows from settings before there are
/// any.
pub(super) fn example_settings(schema: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let required = schema.get("required").and_then(Value::as_array);
    let examples: Map<String, Value> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|key| {
            let property = schema.get("properties")?.get(key)?;
            Some((key.to_owned(), property.pointer("/examples/0")?.clone()))
        })
        .collect();
    Value::Object(examples)
}

/// A value as a form shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The input that a source's table stands for. Secrets are not in it.
pub(super) fn input(written: &Table) -> Input {
    let text = |path: &[&str]| {
        at(written, path)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let settings = written.get(SETTINGS).and_then(Value::as_object);
    let origins = at(written, &["grants", "http"]).and_then(Value::as_array);
    Input {
        name: text(&["name"]),
        settings: settings
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), shown(value)))
            .collect(),
        every: text(&["every"]),
        back: text(&["window", "back"]),
        ahead: text(&["window", "ahead"]),
        grants: origins
            .into_iter()
            .flatten()
            .map(shown)
            .collect::<Vec<_>>()
            .join(" "),
        client_id: text(&["credentials", "client-id"]),
        secrets: BTreeMap::new(),
    }
}

/// Writes an input into a source's table. What is wrong with it is left out of the table and said.
pub(super) fn write(written: &mut Table, form: &Form, input: &Input) -> Vec<Problem> {
    let mut problems = Vec::new();
    put(written, "name", &input.name);
    written.insert("connector".to_owned(), Value::from(form.connector.as_str()));
    put(written, "every", &input.every);
    edit(written, "window", |window| {
        put(window, "back", &input.back);
        put(window, "ahead", &input.ahead);
    });
    edit(written, SETTINGS, |settings| {
        // A field that the connector no longer has.
        settings.retain(|key, _| form.fields.iter().any(|field| field.key == *key));
        for field in &form.fields {
            let text = input.settings.get(&field.key).map_or("", |text| text.trim());
            match value(field, text) {
                Ok(Some(value)) => {
                    settings.insert(field.key.clone(), value);
                }
                Ok(None) => {
                    settings.remove(&field.key);
                }
                Err(problem) => problems.push(problem),
            }
        }
    });
    edit(written, CREDENTIALS, |credentials| {
        put(credentials, "client-id", &input.client_id)
    });
    let origins: Vec<&str> = input
        .grants
        .split(|character: char| character.is_whitespace() || character == ',')
        .filter(|origin| !origin.is_empty())
        .collect();
    edit(written, "grants", |grants| {
        if origins.is_empty() {
            grants.remove("http");
        } else {
            grants.insert("http".to_owned(), Value::from(origins));
        }
    });
    problems
}

/// Refers to a stored secret in a source's table; what is no longer referred to.
pub(super) fn refer(written: &mut Table, name: &str, reference: Value) -> Vec<Value> {
    let mut before = Vec::new();
    edit(written, CREDENTIALS, |credentials| {
        // One or the other signs in.
        let other = match name {
            "client-secret" => credentials.remove("certificate"),
            "certificate" => credentials.remove("client-secret"),
            _ => None,
        };
        before.extend(other);
        before.extend(credentials.insert(name.to_owned(), reference));
    });
    before
}

/// Where the secrets of a source's table are, in words, by name.
pub(super) fn places(written: &Table) -> BTreeMap<String, String> {
    let place = |reference: &Table| {
        let (kind, place) = reference.iter().next()?;
        let place = place.as_str().unwrap_or_default();
        Some(match kind.as_str() {
            "env" => format!("in the environment variable {place}"),
            "file" => format!("in the file {place}"),
            "keyring" => format!("in the keyring, under the name {place}"),
            _ => format!("under the name {place}"),
        })
    };
    references(written)
        .into_iter()
        .filter_map(|(name, reference)| Some((name.to_owned(), place(reference)?)))
        .collect()
}

/// The names of the stored secrets that a source's table refers to. Those that an administrator keeps elsewhere are not among them.
pub(super) fn stored(written: &Table) -> Vec<String> {
    references(written)
        .into_iter()
        .filter_map(|(_, reference)| Some(reference.get("stored")?.as_str()?.to_owned()))
        .collect()
}

/// The keys that differ between two tables, with those of the tables in them: `settings.tenant`.
pub(super) fn changed(before: &Table, after: &Table) -> Vec<String> {
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .flat_map(|key| match (before.get(key), after.get(key)) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => changed(before, after)
                .into_iter()
                .map(|below| format!("{key}.{below}"))
                .collect(),
            _ => vec![key.clone()],
        })
        .collect()
}

/// The references to secrets in a source's table, by name.
pub(super) fn references(written: &Table) -> Vec<(&str, &Table)> {
    written
        .get(CREDENTIALS)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_object()?)))
        .collect()
}

fn value(field: &Field, text: &str) -> Result<Option<Value>, Problem> {
    let problem = |problem: &str, remedy: &str| Problem {
        key: format!("settings.{}", field.key),
        problem: problem.to_owned(),
        remedy: remedy.to_owned(),
    };
    if text.is_empty() {
        return Ok(None);
    }
    match &field.kind {
        FieldKind::Text | FieldKind::Choice(_) => Ok(Some(Value::from(text))),
        FieldKind::Toggle => Ok(Some(Value::from(text == "true"))),
        FieldKind::Number => match text.parse::<i64>() {
            Ok(number) => Ok(Some(Value::from(number))),
            Err(_) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(Value::from(number))),
                _ => Err(problem("it is no number", "give a number, such as 5")),
            },
        },
        FieldKind::Json => serde_json::from_str(text).map(Some).map_err(|error| {
            let example = field.examples.first().map_or("[]", String::as_str);
            problem(
                &format!("it is not JSON: {error}"),
                &format!("write it like {example}"),
            )
        }),
    }
}

/// What stands at a path of keys.
fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above
        .iter()
        .try_fold(table, |table, key| table.get(*key)?.as_object())?
        .get(*last)
}

/// Changes the table below `key`, which is made when it is not there and goes when nothing is left in it.
fn edit(table: &mut Table, key: &str, change: impl FnOnce(&mut Table)) {
    let mut below = match table.remove(key) {
        Some(Value::Object(below)) => below,
        _ => Table::new(),
    };
    change(&mut below);
    if !below.is_empty() {
        table.insert(key.to_owned(), Value::Object(below));
    }
}

fn put(table: &mut Table, key: &str, text: &str) {
    match text.trim() {
        "" => table.remove(key),
        text => table.insert(key.to_owned(), Value::from(text)),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::sandbox::SecretNeed;

    fn manifest() -> Manifest {
        Manifest {
            name: "o365".into(),
            version: "1.0.0".into(),
            title: "Microsoft Office 365".into(),
            description: "Collects.".into(),
            settings_schema: json!({
                "required": ["tenant"],
                "properties": {
                    "cloud": {"type": "string", "enum": ["global", "china"], "default": "global", "title": "Cloud"},
                    "graph-url": {"type": "string", "advanced": true, "maxLength": 9},
                    "tenant": {"type": "string", "title": "Tenant", "description": "Whose.", "examples": ["contoso.com"]},
                    "feeds": {"type": "array", "examples": [[{"room": "a"}]]},
                    "days": {"type": "integer"},
                    "strict": {"type": "boolean"},
                },
            })
            .to_string(),
            hosts: vec![],
            secrets: vec![
                SecretNeed {
                    name: "graph".into(),
                    purpose: "The token.".into(),
                    reveal: false,
                },
                SecretNeed {
                    name: "feed".into(),
                    purpose: "The key.".into(),
                    reveal: true,
                },
            ],
            slice_size: 20,
        }
    }

    #[test]
    fn a_schema_becomes_fields_with_what_must_be_given_first_and_what_is_for_few_last() {
        let form = form(&manifest(), Some("graph"));
        let fields: Vec<(&str, &FieldKind, bool)> = form
            .fields
            .iter()
            .map(|field| (field.key.as_str(), &field.kind, field.required))
            .collect();
        assert_eq!(
            fields,
            [
                ("tenant", &FieldKind::Text, true),
                (
                    "cloud",
                    &FieldKind::Choice(vec!["global".into(), "china".into()]),
                    false
                ),
                ("days", &FieldKind::Number, false),
                ("feeds", &FieldKind::Json, false),
                ("strict", &FieldKind::Toggle, false),
                ("graph-url", &FieldKind::Text, false),
            ]
        );
        assert!(form.signs_in);
        assert_eq!(form.secrets.len(), 1);
        assert_eq!(form.secrets[0].name, "feed");
        assert_eq!(
            example_settings(&manifest().settings_schema),
            json!({"tenant": "contoso.com"})
        );
    }

    fn table(value: Value) -> Table {
        value.as_object().unwrap().clone()
    }

    fn filled() -> Input {
        Input {
            name: "hq".into(),
            settings: [
                ("tenant", " contoso.com "),
                ("days", "5"),
                ("feeds", r#"[{"room":"a"}]"#),
                ("strict", "true"),
                ("cloud", ""),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
            every: "10m".into(),
            grants: "https://a.example, https://b.example".into(),
            client_id: "11111111".into(),
            ..Input::default()
        }
    }

    #[test]
    fn an_input_becomes_a_table_with_what_was_given_and_typed_as_the_schema_says() {
        let mut written = Table::new();
        assert_eq!(write(&mut written, &form(&manifest(), None), &filled()), []);
        assert_eq!(
            Value::Object(written),
            json!({
                "name": "hq", "connector": "o365", "every": "10m",
                "settings": {"tenant": "contoso.com", "days": 5, "feeds": [{"room": "a"}], "strict": true},
                "credentials": {"client-id": "11111111"},
                "grants": {"http": ["https://a.example", "https://b.example"]},
            })
        );
    }

    #[test]
    fn what_a_form_does_not_set_stays_and_what_was_emptied_goes() {
        let mut written = table(json!({
            "name": "hq", "connector": "o365", "every": "1m", "paused": true, "window": {"back": "1d"},
            "settings": {"tenant": "old.com", "cloud": "china", "gone": 1},
            "credentials": {"client-secret": {"env": "X"}},
            "grants": {"http": ["https://c.example"], "reveal": ["feed"]},
            "limits": {"requests": 2},
        }));
        let input = Input {
            every: String::new(),
            grants: String::new(),
            ..filled()
        };
        assert_eq!(write(&mut written, &form(&manifest(), None), &input), []);
        assert_eq!(
            Value::Object(written),
            json!({
                "name": "hq", "connector": "o365", "paused": true,
                "settings": {"tenant": "contoso.com", "days": 5, "feeds": [{"room": "a"}], "strict": true},
                "credentials": {"client-id": "11111111", "client-secret": {"env": "X"}},
                "grants": {"reveal": ["feed"]},
                "limits": {"requests": 2},
            })
        );
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field() {
        let input = Input {
            settings: [("days", "many"), ("feeds", "[")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            ..filled()
        };
        let problems = write(&mut Table::new(), &form(&manifest(), None), &input);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys, ["settings.days", "settings.feeds"]);
    }

    #[test]
    fn changes_are_named_by_their_keys() {
        let before =
            table(json!({"name": "a", "settings": {"tenant": "x", "cloud": "global"}, "paused": true}));
        let after =
            table(json!({"name": "a", "settings": {"tenant": "y", "cloud": "global"}, "every": "5m"}));
        assert_eq!(changed(&before, &after), ["every", "paused", "settings.tenant"]);
    }

    #[test]
    fn a_certificate_takes_the_place_of_a_client_secret() {
        let mut written = table(json!({"credentials": {"client-secret": {"stored": "a"}}}));
        assert_eq!(
            refer(&mut written, "certificate", json!({"stored": "b"})),
            [json!({"stored": "a"})]
        );
        assert_eq!(references(&written)[0].0, "certificate");
        assert_eq!(
            Value::Object(written),
            json!({"credentials": {"certificate": {"stored": "b"}}})
        );
    }

    proptest! {
        #[test]
        fn an_input_that_is_written_is_read_back(name in "[a-z]{1,9}", tenant in "[a-z.]{1,9}", days in 0i64..99, every in "([1-9]m)?") {
            let mut given = filled();
            given.name = name;
            given.every = every;
            given.grants = "https://a.example".into();
            given.settings = [("tenant".to_owned(), tenant), ("days".to_owned(), days.to_string())].into();
            let mut written = Table::new();
            prop_assert_eq!(write(&mut written, &form(&manifest(), None), &given), vec![]);
            let read = input(&written);
            prop_assert_eq!((read.name, read.settings, read.every, read.grants, read.client_id),
                (given.name, given.settings, given.every, given.grants, given.client_id));
        }
    }
}
