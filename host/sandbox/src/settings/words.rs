//! Problems with settings, in words for people: whoever writes the configuration file reads keys and examples as they are typed there, and the
//! setting's purpose; whoever fills in a form has label and purpose before them, and reads what to enter.

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use collector_model::form::Problem;

use super::short;

/// Where settings are written, which decides the words that tell what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// In the configuration file, or as arguments of a command.
    File,
    /// In a form.
    Form,
}

/// The schema of a setting.
pub(super) fn property<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    schema.pointer(&format!(
        "/properties/{}",
        key.replace('~', "~0").replace('/', "~1")
    ))
}

/// The schema of what is at a place in the settings: `feeds.0.url`.
fn at<'a>(schema: &'a Value, place: &str) -> Option<&'a Value> {
    // A key may have a dot.
    if let Some(found) = property(schema, place) {
        return Some(found);
    }
    let mut parts = place.split('.').filter(|part| !part.is_empty());
    parts.try_fold(schema, |schema, part| {
        property(schema, part).or_else(|| schema.get("items").filter(|_| part.parse::<usize>().is_ok()))
    })
}

/// The place of a key of the table at another place.
fn below(place: &str, key: &str) -> String {
    match place {
        "" => key.to_owned(),
        place => format!("{place}.{key}"),
    }
}

/// The problems in one finding of the validator: one, or one for each key that is missing or unknown.
pub(super) fn problems(
    error: &jsonschema::ValidationError<'_>,
    schema: &Value,
    words: Words,
) -> Vec<Problem> {
    let mut problems = in_words(error, schema, words);
    for problem in &mut problems {
        for text in [&mut problem.key, &mut problem.problem, &mut problem.remedy] {
            *text = short(std::mem::take(text));
        }
    }
    problems
}

fn in_words(error: &jsonschema::ValidationError<'_>, schema: &Value, words: Words) -> Vec<Problem> {
    let is_form = words == Words::Form;
    let key = error
        .instance_path()
        .to_string()
        .trim_start_matches('/')
        .replace('/', ".");
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let key = below(&key, name);
            vec![Problem {
                remedy: match words {
                    Words::File => describe("add it", schema, &key),
                    Words::Form => entering(schema, &key),
                },
                problem: "it is missing".into(),
                key,
            }]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => unexpected
            .iter()
            .map(|name| Problem {
                key: below(&key, name),
                problem: "there is no such setting".into(),
                remedy: collector_model::text::known_keys(name, at(schema, &key).into_iter().flat_map(known)),
            })
            .collect(),
        ValidationErrorKind::Enum { options } => {
            let allowed: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(|option| written(option, words))
                .collect();
            let found = match error.instance().as_ref() {
                Value::Array(_) => "a list".to_owned(),
                Value::Object(_) => "a table".to_owned(),
                plain => written(plain, words),
            };
            let what_to_do = if is_form { "choose" } else { "use" };
            vec![Problem {
                problem: format!("{found} is not allowed"),
                remedy: format!("{what_to_do} one of: {}", allowed.join(", ")),
                key,
            }]
        }
        ValidationErrorKind::Minimum { limit } => vec![Problem {
            problem: format!("it is less than {limit}"),
            remedy: match words {
                Words::File => describe("correct it", schema, &key),
                Words::Form => format!("enter {limit} or more"),
            },
            key,
        }],
        ValidationErrorKind::Maximum { limit } => vec![Problem {
            problem: format!("it is more than {limit}"),
            remedy: match words {
                Words::File => describe("correct it", schema, &key),
                Words::Form => format!("enter {limit} or less"),
            },
            key,
        }],
        ValidationErrorKind::MaxLength { limit } if is_form => vec![Problem {
            problem: format!("it has more than {limit} characters"),
            remedy: "shorten it".into(),
            key,
        }],
        // Rules are written for programs: a regular expression, the name of a type.
        _ if is_form => vec![Problem {
            problem: "it is not of the expected form".into(),
            remedy: entering(schema, &key),
            key,
        }],
        _ => {
            let remedy = describe("correct it", schema, &key);
            // The schema checker's words name the value and the rule. A text, even inside a table or a list, may be a private address.
            let problem = match error.instance().as_ref() {
                Value::Null | Value::Bool(_) | Value::Number(_) => error.to_string(),
                Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    error.masked_with("the value").to_string()
                }
            };
            vec![Problem { key, problem, remedy }]
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

/// A plain value as it is written there.
fn written(value: &Value, words: Words) -> String {
    match (value, words) {
        (Value::String(text), Words::Form) => text.clone(),
        (value, _) => value.to_string(),
    }
}

/// What to do in a form, with an example.
fn entering(schema: &Value, key: &str) -> String {
    match at(schema, key).and_then(|property| property.pointer("/examples/0")) {
        Some(example) => format!("enter one like {}", written(example, Words::Form)),
        None => "see what it is for".to_owned(),
    }
}

/// What to do, with an example, and the setting's description.
fn describe(what_to_do: &str, schema: &Value, key: &str) -> String {
    let property = at(schema, key);
    let text = |name: &str| {
        property
            .and_then(|property| property.get(name))
            .and_then(Value::as_str)
    };
    let meaning = text("description")
        .or(text("title"))
        .unwrap_or("See the connector's description")
        .trim_end_matches('.');
    let example = property.and_then(|property| property.pointer("/examples/0"));
    match example {
        // No line of a configuration: the number stands for a table.
        Some(example) if key.split('.').any(|part| part.parse::<usize>().is_ok()) => {
            format!("{what_to_do}, for example {example}. {meaning}")
        }
        Some(example) => format!("{what_to_do}, for example {key} = {example}. {meaning}"),
        None => format!("{what_to_do}. {meaning}"),
    }
}
