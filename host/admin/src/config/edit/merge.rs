//! Gives a table new content, touching only the keys that differ.

use serde_json::{Map, Value};
use toml_edit::{ArrayOfTables, Item, Table, TableLike};

use super::list::List;
use super::text;

/// Gives the table of an entry of a list the content of `written`.
pub(super) fn entry(list: List, table: &mut Table, written: &Map<String, Value>) -> Result<(), String> {
    remove_others(table, written);
    for key in list.in_order(written) {
        let Some(new) = written.get(key) else { continue };
        match table.get_mut(key) {
            Some(item) => change(item, key, new)?,
            None => {
                let mut item = text::item(key, new, list.has_header(key))?;
                if let Item::Table(added) = &mut item {
                    added.decor_mut().set_prefix(space_between(table));
                }
                table.insert(key, item);
            }
        }
    }
    Ok(())
}

/// Sets a key of a source to true or false. Removes a key that would repeat its default, unless it has a comment.
pub(super) fn set(table: &mut Table, key: &str, value: bool, default: bool) {
    if value == default && !has_comment(table, key) {
        table.remove(key);
    } else if let Some(item) = table.get_mut(key) {
        put(item, value.into());
    } else {
        table.insert(key, toml_edit::value(value));
    }
}

/// Whether a comment belongs to a key: above it, or after its value.
pub(super) fn has_comment(table: &Table, key: &str) -> bool {
    table.get_key_value(key).is_some_and(|(key, item)| {
        let decor = item.as_value().map(|value| value.decor());
        let texts = [key.leaf_decor().prefix(), decor.and_then(|decor| decor.suffix())];
        texts
            .into_iter()
            .flatten()
            .any(|text| text.as_str().is_some_and(|text| text.contains('#')))
    })
}

fn table_like(
    table: &mut dyn TableLike,
    written: &Map<String, Value>,
    has_header: bool,
) -> Result<(), String> {
    remove_others(table, written);
    for (key, new) in written {
        match table.get_mut(key) {
            Some(item) => change(item, key, new)?,
            None => {
                table.insert(key, text::item(key, new, has_header && new.is_array())?);
            }
        }
    }
    Ok(())
}

fn remove_others(table: &mut dyn TableLike, written: &Map<String, Value>) {
    let gone: Vec<String> = table
        .iter()
        .map(|(key, _)| key.to_owned())
        .filter(|key| !written.contains_key(key))
        .collect();
    for key in gone {
        table.remove(&key);
    }
}

fn change(item: &mut Item, key: &str, new: &Value) -> Result<(), String> {
    if json(item) == *new {
        return Ok(());
    }
    match (&mut *item, new) {
        // A table of dotted keys cannot exist without keys.
        (Item::Table(table), Value::Object(map)) if !(table.is_dotted() && map.is_empty()) => {
            let has_header = !table.is_dotted();
            table_like(table, map, has_header)?;
            let has_tables = table
                .iter()
                .any(|(_, item)| item.is_table() || item.is_array_of_tables());
            if has_header && !has_tables {
                // A table that only its subtables implied now needs a header of its own.
                table.set_implicit(false);
            }
            return Ok(());
        }
        (Item::Value(toml_edit::Value::InlineTable(table)), Value::Object(map)) => {
            return table_like(table, map, false);
        }
        (Item::ArrayOfTables(tables), Value::Array(items))
            if !items.is_empty() && items.iter().all(Value::is_object) =>
        {
            return tables_of(tables, items);
        }
        _ => {}
    }
    put(item, text::value(key, new)?);
    Ok(())
}

/// Touches only the tables between the first and the last that differ, so that removing one leaves the others as they are.
fn tables_of(tables: &mut ArrayOfTables, items: &[Value]) -> Result<(), String> {
    let old: Vec<Value> = tables.iter().map(json_table).collect();
    let same = |(old, new): &(&Value, &Value)| old == new;
    let head = old.iter().zip(items).take_while(same).count();
    let shorter = old.len().min(items.len());
    let tail = (old.iter().rev())
        .zip(items.iter().rev())
        .take(shorter - head)
        .take_while(same)
        .count();
    let (old_end, new_end) = (old.len() - tail, items.len() - tail);
    for at in (new_end.min(old_end)..old_end).rev() {
        tables.remove(at);
    }
    let between = items.iter().enumerate().take(new_end).skip(head);
    for (at, new) in between.filter_map(|(at, new)| Some((at, new.as_object()?))) {
        if at < old_end {
            if let Some(table) = tables.get_mut(at) {
                table_like(table, new, true)?;
            }
        } else {
            tables.insert(at, text::table(new)?);
        }
    }
    Ok(())
}

/// Replaces a value, keeping the white space and comments around it.
fn put(item: &mut Item, mut new: toml_edit::Value) {
    if let Some(old) = item.as_value() {
        *new.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(new);
}

/// What separates the tables of a source: a blank line, or nothing.
fn space_between(source: &Table) -> &'static str {
    let has_blank = source.iter().any(|(_, item)| {
        item.as_table()
            .and_then(|table| table.decor().prefix()?.as_str())
            .is_some_and(|prefix| prefix.starts_with('\n'))
    });
    if has_blank { "\n" } else { "" }
}

/// The item as JSON, as the reader makes it: dates become strings.
fn json(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => json_value(value),
        Item::Table(table) => json_table(table),
        Item::ArrayOfTables(tables) => tables.iter().map(json_table).collect(),
    }
}

fn json_table(table: &Table) -> Value {
    Value::Object(
        table
            .iter()
            .map(|(key, item)| (key.to_owned(), json(item)))
            .collect(),
    )
}

fn json_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => Value::from(text.value().as_str()),
        Toml::Integer(number) => Value::from(*number.value()),
        Toml::Float(number) => Value::from(*number.value()),
        Toml::Boolean(is) => Value::from(*is.value()),
        Toml::Datetime(date) => Value::from(date.value().to_string()),
        Toml::Array(array) => array.iter().map(json_value).collect(),
        Toml::InlineTable(table) => Value::Object(
            table
                .iter()
                .map(|(key, value)| (key.to_owned(), json_value(value)))
                .collect(),
        ),
    }
}
