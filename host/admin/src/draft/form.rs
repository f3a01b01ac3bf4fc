//! Makes a form from a connector's settings schema, and a source's table from a filled-in form.

use std::collections::BTreeMap;

use collector_model::form::{Field, FieldKind, Form, Input, Problem, Row, cell_key, rows};
use collector_sandbox::settings::Schema;
use collector_sandbox::{Authorization, Manifest};
use serde_json::{Map, Value};

/// A source's table as in the configuration.
pub type Table = Map<String, Value>;

/// The tables with the keys that a form sets. It leaves all others (limits, what may be revealed, …) as they are.
pub(super) const SETTINGS: &str = "settings";
const CREDENTIALS: &str = "credentials";

/// The form for a source of a connector. `authorization` tells how the connector gets its token; none if it does not sign in.
pub fn form(manifest: &Manifest, authorization: Option<&Authorization>) -> Form {
    let token = authorization.map(|authorization| authorization.secret.as_str());
    let mut fields: Vec<Field> = manifest
        .settings_schema
        .properties()
        .map(|(key, property, required)| field(key, property, required))
        .collect();
    // A JSON object has no order: required fields come first, advanced ones last.
    fields.sort_by_key(|field| (field.advanced, !field.required));
    Form {
        connector: manifest.name.clone(),
        title: manifest.title.clone(),
        description: manifest.description.clone(),
        fields,
        signs_in: token.is_some(),
        consents: authorization.is_some_and(|authorization| authorization.consent_page.is_some()),
        secrets: manifest
            .secrets
            .iter()
            .filter(|need| Some(need.name.as_str()) != token)
            .cloned()
            .collect(),
    }
}

fn field(key: &str, property: &Value, required: bool) -> Field {
    let text = |name: &str| property.get(name).and_then(Value::as_str).map(str::to_owned);
    let kind = plain(property)
        .or_else(|| columns(property).map(FieldKind::Rows))
        .unwrap_or(FieldKind::Json);
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

/// The control of a property that is not a list or a table.
fn plain(property: &Value) -> Option<FieldKind> {
    if let Some(values) = property.get("enum").and_then(Value::as_array) {
        let choices = values.iter().filter_map(Value::as_str);
        return Some(FieldKind::Choice(choices.map(str::to_owned).collect()));
    }
    match property.get("type")?.as_str()? {
        "string" => Some(FieldKind::Text),
        "integer" | "number" => Some(FieldKind::Number),
        "boolean" => Some(FieldKind::Toggle),
        _ => None,
    }
}

/// The columns of a list of tables that have only plain properties: the required ones first, in the order of the schema.
fn columns(property: &Value) -> Option<Vec<Field>> {
    let items = property.get("items")?;
    let properties = items.get("properties")?.as_object()?;
    let is_list = property.get("type").and_then(Value::as_str) == Some("array");
    let holds_tables = items.get("type").and_then(Value::as_str) == Some("object");
    if !is_list || !holds_tables || properties.is_empty() {
        return None;
    }
    let required = items.get("required").and_then(Value::as_array);
    let place = |key: &str| required.and_then(|required| required.iter().position(|name| name == key));
    let columns = properties.iter().map(|(key, property)| {
        plain(property)?;
        Some(field(key, property, place(key).is_some()))
    });
    let mut columns: Vec<Field> = columns.collect::<Option<_>>()?;
    columns.sort_by_key(|column| place(&column.key).unwrap_or(usize::MAX));
    Some(columns)
}

/// Settings that a connector would accept: the examples of its required ones. With them it can be asked about authorization before an
/// administrator has entered any.
pub fn example_settings(schema: &Schema) -> Value {
    let schema = schema.written();
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

/// The origin of a grant, which may be a table.
fn origin(grant: &Value) -> &Value {
    grant.get("origin").unwrap_or(grant)
}

/// A value as a form shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The input that would make a source's table, without secrets.
pub fn input(written: &Table) -> Input {
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
            .map(|grant| shown(origin(grant)))
            .collect::<Vec<_>>()
            .join(" "),
        client_id: text(&["credentials", "client-id"]),
    }
}

/// Writes an input into a source's table. Leaves out invalid values and returns the problems with them.
pub fn write(written: &mut Table, form: &Form, input: &Input) -> Vec<Problem> {
    let mut problems = Vec::new();
    put(written, "name", &input.name);
    written.insert("connector".to_owned(), Value::from(form.connector.as_str()));
    put(written, "every", &input.every);
    edit(written, "window", |window| {
        put(window, "back", &input.back);
        put(window, "ahead", &input.ahead);
    });
    edit(written, SETTINGS, |settings| {
        // Removes settings that the connector no longer has.
        settings.retain(|key, _| form.fields.iter().any(|field| field.key == *key));
        for field in &form.fields {
            let text = input.settings.get(&field.key).map_or("", |text| text.trim());
            if let FieldKind::Rows(columns) = &field.kind
                && let Some(rows) = rows(text, columns)
            {
                problems.extend(write_rows(settings, field, columns, &rows));
                continue;
            }
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
        let before = match grants.remove("http") {
            Some(Value::Array(before)) => before,
            _ => Vec::new(),
        };
        // Keeps the parts of a grant that the form does not show.
        let as_before = |name: &str| before.iter().find(|grant| origin(grant).as_str() == Some(name));
        let granted = origins
            .iter()
            .map(|name| as_before(name).cloned().unwrap_or_else(|| Value::from(*name)));
        if !origins.is_empty() {
            grants.insert("http".to_owned(), granted.collect());
        }
    });
    problems
}

/// Writes the rows of a setting. Leaves out what is empty, and the setting without any row.
fn write_rows(settings: &mut Table, field: &Field, columns: &[Field], rows: &[Row]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tables = Vec::new();
    for row in rows {
        let mut table = Table::new();
        for column in columns {
            let text = row.get(&column.key).map_or("", |text| text.trim());
            match value(column, text) {
                Ok(Some(value)) => {
                    table.insert(column.key.clone(), value);
                }
                Ok(None) => {}
                Err(problem) => problems.push(Problem {
                    key: cell_key(&format!("settings.{}", field.key), tables.len(), &column.key),
                    ..problem
                }),
            }
        }
        tables.push(Value::Object(table));
    }
    if tables.is_empty() {
        settings.remove(&field.key);
    } else {
        settings.insert(field.key.clone(), Value::Array(tables));
    }
    problems
}

/// Refers to a stored secret in a source's table. In a list it replaces the first entry, which is tried first; the others stay. A
/// certificate replaces a client secret, and the other way round, unless the table has both.
pub fn refer(written: &mut Table, name: &str, mut reference: Value) {
    let replaced = replaced_by(name, written);
    // A new password belongs to the same user.
    if let (Some(user), Some(reference)) = (
        at(written, &[CREDENTIALS, name, "user"]).cloned(),
        reference.as_object_mut(),
    ) {
        reference.insert("user".to_owned(), user);
    }
    edit(written, CREDENTIALS, |credentials| {
        if let Some(other) = replaced {
            credentials.remove(other);
        }
        match credentials.get_mut(name).and_then(Value::as_array_mut) {
            Some(several) if !several.is_empty() => {
                several.splice(..1, [reference]);
            }
            _ => {
                credentials.insert(name.to_owned(), reference);
            }
        }
    });
}

/// The credential that one of this name replaces: the other way to sign in, unless a source's table has both, the second in case the first
/// is refused.
pub fn replaced_by(name: &str, written: &Table) -> Option<&'static str> {
    let other = match name {
        "client-secret" => "certificate",
        "certificate" => "client-secret",
        _ => return None,
    };
    let has = |name: &str| at(written, &[CREDENTIALS, name]).is_some();
    (!(has(name) && has(other))).then_some(other)
}

/// Where a secret is that this refers to.
pub(super) fn place(reference: &Table) -> Option<String> {
    let (kind, place) = reference.iter().find(|(kind, _)| *kind != "user")?;
    let place = place.as_str().unwrap_or_default();
    Some(match kind.as_str() {
        "env" => format!("in the environment variable {place}"),
        "file" => format!("in the file {place}"),
        "keyring" => format!("in the keyring, under the name {place}"),
        _ => format!("under the name {place}"),
    })
}

/// Descriptions of where the secrets of a source's table are, by name.
pub fn places(written: &Table) -> BTreeMap<String, String> {
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for (name, reference) in references(written) {
        let Some(place) = place(reference) else { continue };
        places
            .entry(name.to_owned())
            .and_modify(|first| *first = format!("{first}; if that is refused, {place}"))
            .or_insert(place);
    }
    places
}

/// The names of the stored secrets that a source's table refers to, without those that an administrator keeps elsewhere.
pub fn stored(written: &Table) -> Vec<String> {
    references(written)
        .into_iter()
        .filter_map(|(_, reference)| Some(reference.get("stored")?.as_str()?.to_owned()))
        .collect()
}

/// The keys that differ between two tables, including those of inner tables: `settings.tenant`.
pub fn changed(before: &Table, after: &Table) -> Vec<String> {
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

/// The references to secrets in a source's table, with their names. A name with several references appears several times.
fn references(written: &Table) -> Vec<(&str, &Table)> {
    written
        .get(CREDENTIALS)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "managed-identity")
        .flat_map(|(name, value)| {
            let several = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            several
                .iter()
                .filter_map(|value| Some((name.as_str(), value.as_object()?)))
        })
        .collect()
}

/// The value of a field that was filled in; none if it is empty.
pub(super) fn value(field: &Field, text: &str) -> Result<Option<Value>, Problem> {
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
        // It goes to the vault.
        FieldKind::Secret | FieldKind::SecretFile => Ok(None),
        FieldKind::Toggle => Ok(Some(Value::from(text == "true"))),
        FieldKind::Number => match text.parse::<i64>() {
            Ok(number) => Ok(Some(Value::from(number))),
            Err(_) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(Value::from(number))),
                _ => Err(problem("it is not a number", "give a number, such as 5")),
            },
        },
        FieldKind::Json | FieldKind::Rows(_) => serde_json::from_str(text).map(Some).map_err(|error| {
            let example = field.examples.first().map_or("[]", String::as_str);
            problem(
                &format!("it is not JSON: {error}"),
                &format!("write it like {example}"),
            )
        }),
    }
}

/// The value at a path of keys.
fn at<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above
        .iter()
        .try_fold(table, |table, key| table.get(*key)?.as_object())?
        .get(*last)
}

/// Changes the table below `key`. Creates it if it is missing, and removes it if it ends up empty.
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

pub(super) fn put(table: &mut Table, key: &str, text: &str) {
    match text.trim() {
        "" => table.remove(key),
        text => table.insert(key.to_owned(), Value::from(text)),
    };
}

#[cfg(test)]
mod tests;
