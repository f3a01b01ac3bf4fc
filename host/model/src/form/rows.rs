//! A setting that is a list of tables, such as the feeds of `ics`, as rows with a text for each column.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Field;

/// What was filled into a row, by the keys of its columns. An empty text counts as not given.
pub type Row = BTreeMap<String, String>;

/// The rows in the text of a setting: a JSON list of tables. None if it holds something that has no place in these columns.
pub fn rows(text: &str, columns: &[Field]) -> Option<Vec<Row>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let Ok(Value::Array(items)) = serde_json::from_str(text) else {
        return None;
    };
    items.into_iter().map(|item| row(item, columns)).collect()
}

fn row(item: Value, columns: &[Field]) -> Option<Row> {
    let Value::Object(cells) = item else {
        return None;
    };
    cells
        .into_iter()
        .map(|(key, value)| {
            let text = match value {
                Value::String(text) => text,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            let is_known = columns.iter().any(|column| column.key == key);
            is_known.then_some((key, text))
        })
        .collect()
}

/// The text of a setting with these rows; empty without any.
pub fn text_of(rows: &[Row]) -> String {
    match rows {
        [] => String::new(),
        rows => rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|(key, text)| (key.clone(), Value::from(text.as_str())))
                    .collect()
            })
            .map(Value::Object)
            .collect::<Value>()
            .to_string(),
    }
}

/// The key of a cell below that of its setting: `feeds.0.url`.
pub fn cell_key(setting: &str, row: usize, column: &str) -> String {
    format!("{setting}.{row}.{column}")
}

/// The setting, row and column of the key of a cell, which may also be written `feeds[0].url`.
pub fn cell_of(key: &str) -> Option<(String, usize, String)> {
    let key = key.replace("].", ".").replace('[', ".");
    let (above, column) = key.rsplit_once('.')?;
    let (setting, row) = above.rsplit_once('.')?;
    let is_number = !row.is_empty() && row.bytes().all(|byte| byte.is_ascii_digit());
    let row = is_number.then(|| row.parse().ok())??;
    Some((setting.to_owned(), row, column.to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::FieldKind;
    use super::*;

    fn column(key: &str) -> Field {
        Field {
            key: key.into(),
            title: key.into(),
            help: String::new(),
            kind: FieldKind::Text,
            required: false,
            advanced: false,
            default: None,
            examples: Vec::new(),
            max_length: None,
        }
    }

    #[test]
    fn a_list_of_plain_tables_is_rows_and_anything_else_is_not() {
        let columns = [column("room"), column("capacity")];
        let found = rows(r#"[{"room": "a", "capacity": 12}, {}]"#, &columns).unwrap();
        assert_eq!(
            (
                found.len(),
                found[0]["room"].as_str(),
                found[0]["capacity"].as_str()
            ),
            (2, "a", "12")
        );
        assert_eq!(rows(" ", &columns), Some(Vec::new()));
        for text in [
            "x",
            "{}",
            "[1]",
            r#"[{"floor": "2"}]"#,
            r#"[{"room": ["a"]}]"#,
            r#"[{"room": null}]"#,
        ] {
            assert_eq!(rows(text, &columns), None, "{text}");
        }
    }

    #[test]
    fn a_cell_is_found_by_both_ways_to_write_its_key() {
        let cell = Some(("settings.feeds".to_owned(), 12, "url".to_owned()));
        assert_eq!(cell_of("settings.feeds[12].url"), cell);
        assert_eq!(cell_of(&cell_key("settings.feeds", 12, "url")), cell);
        for key in [
            "settings.feeds",
            "settings.feeds[0]",
            "a.b.c",
            "",
            "window.back",
            "a.99999999999999999999999.b",
        ] {
            assert_eq!(cell_of(key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn what_was_typed_is_read_as_it_was_typed(typed in prop::collection::vec(any::<String>(), 0..4)) {
            let columns = [column("room")];
            let typed: Vec<Row> = typed.into_iter().map(|text| [("room".to_owned(), text)].into()).collect();
            prop_assert_eq!(rows(&text_of(&typed), &columns), Some(typed));
        }

        #[test]
        fn any_key_may_be_asked_about(key in any::<String>()) {
            let _ = cell_of(&key);
        }
    }
}
