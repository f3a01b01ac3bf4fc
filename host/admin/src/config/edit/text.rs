//! Writes the table of a source or sink as TOML text, laid out like the README's examples, and JSON values as TOML.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

use super::list::List;

/// The text of an entry of a list.
pub(super) fn entry(list: List, written: &Map<String, Value>) -> Result<String, String> {
    let mut table = Table::new();
    table.decor_mut().set_prefix("");
    for key in list.in_order(written) {
        if let Some(value) = written.get(key) {
            table.insert(key, item(key, value, list.has_header(key))?);
        }
    }
    let mut entries = ArrayOfTables::new();
    entries.push(table);
    let mut document = DocumentMut::new();
    document.insert(list.key(), Item::ArrayOfTables(entries));
    Ok(document.to_string())
}

/// A key's value: a table with a header of its own if allowed, otherwise a plain value.
pub(super) fn item(key: &str, value: &Value, may_have_header: bool) -> Result<Item, String> {
    match value {
        Value::Object(map) if may_have_header => Ok(Item::Table(table(map)?)),
        Value::Array(items) if may_have_header && !items.is_empty() && items.iter().all(Value::is_object) => {
            let mut tables = ArrayOfTables::new();
            for map in items.iter().filter_map(Value::as_object) {
                tables.push(table(map)?);
            }
            Ok(Item::ArrayOfTables(tables))
        }
        other => self::value(key, other).map(Item::Value),
    }
}

/// A table with a header. A list of tables in it (the feeds of `ics`) has headers too; other tables are written in one line.
pub(super) fn table(map: &Map<String, Value>) -> Result<Table, String> {
    let mut table = Table::new();
    table.decor_mut().set_prefix("");
    for (key, value) in map {
        table.insert(key, item(key, value, value.is_array())?);
    }
    Ok(table)
}

/// A value on one line.
pub(super) fn value(key: &str, value: &Value) -> Result<toml_edit::Value, String> {
    Ok(match value {
        Value::Null => return Err(format!("{key}: TOML has no null")),
        Value::Bool(is) => (*is).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(fraction)) if number.is_f64() => fraction.into(),
            _ => return Err(format!("{key}: {number} is too large for TOML")),
        },
        Value::String(text) => string(text),
        Value::Array(items) => toml_edit::Value::Array(
            items
                .iter()
                .map(|item| self::value(key, item))
                .collect::<Result<Array, _>>()?,
        ),
        Value::Object(map) => {
            let mut table = InlineTable::new();
            for (key, value) in map {
                table.insert(key, self::value(key, value)?);
            }
            toml_edit::Value::InlineTable(table)
        }
    })
}

/// A string on one line, so that a change of line ends cannot alter it. JSON's escapes are valid in TOML, which needs one more.
fn string(text: &str) -> toml_edit::Value {
    let quoted = Value::from(text).to_string().replace('\u{7f}', "\\u007f");
    quoted.parse().unwrap_or_else(|_| text.into())
}
