//! Reads a table key by key, and notes the problems with each value; at the end, also the unknown keys.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use collector_engine::configured::{ConfigProblem, Location};
use collector_model::text::known_keys;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::position::{Positions, Problems};

/// Characters of the name of a source or sink.
const LONGEST_NAME: usize = 64;

/// One table of the configuration.
pub(super) struct Reader<'a> {
    table: &'a DeTable<'a>,
    /// The byte offset of the table.
    start: usize,
    /// What the table is called in a problem: `source "contoso"`, `source "contoso": credentials`.
    pub(super) title: String,
    /// The path of the table within its source or sink: `credentials`; empty for a source or sink itself.
    path: String,
    positions: &'a Positions,
    problems: &'a Problems,
    asked: RefCell<Vec<&'static str>>,
}

/// An item of a list of strings and tables.
pub(super) enum Item<'a> {
    /// A string.
    Text(String),
    /// A table.
    Table(Reader<'a>),
}

impl<'a> Reader<'a> {
    pub(super) fn root(table: &'a DeTable<'a>, positions: &'a Positions, problems: &'a Problems) -> Self {
        Self {
            table,
            start: 0,
            title: String::new(),
            path: String::new(),
            positions,
            problems,
            asked: RefCell::default(),
        }
    }

    /// A string.
    pub(super) fn string(&mut self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            DeValue::String(text) if text.trim().is_empty() => {
                self.problem(key, "it is empty", "give it a value, or leave the key out");
                None
            }
            DeValue::String(text) => Some(text.to_string()),
            other => {
                self.wrong_type(key, "a string", other);
                None
            }
        }
    }

    /// A required string.
    pub(super) fn needed(&mut self, key: &'static str, remedy: &str) -> Option<String> {
        if !self.table.contains_key(key) {
            self.asked.get_mut().push(key);
            self.problem(key, "it is missing", remedy);
            return None;
        }
        self.string(key)
    }

    /// The name of a source, which is also its title in problems.
    pub(super) fn source_name(&mut self) -> Option<String> {
        let name = self.needed("name", "give it a name, such as name = \"contoso\"")?;
        self.check_name(&name);
        self.title = format!("source {name:?}");
        Some(name)
    }

    /// Notes a name that is not safe in output, logs and metrics.
    pub(super) fn check_name(&self, name: &str) {
        let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if !name.chars().all(allowed) || name.len() > LONGEST_NAME {
            self.problem(
                "name",
                &format!("{name:?} cannot be used"),
                "use at most 64 letters, digits, `-`, `_` and `.`",
            );
        } else if matches!(name, "." | "..") {
            self.problem(
                "name",
                &format!("{name:?} cannot be used: in addresses of pages it stands for a place"),
                "use letters or digits, too",
            );
        }
    }

    /// True or false.
    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        match self.value(key)? {
            DeValue::Boolean(is) => Some(*is),
            other => {
                self.wrong_type(key, "true or false", other);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, key: &'static str, bounds: RangeInclusive<usize>) -> Option<usize> {
        let value = self.value(key)?;
        let number = match value {
            DeValue::Integer(number) => usize::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| bounds.contains(number));
        if number.is_none() {
            let remedy = format!("give a whole number from {} to {}", bounds.start(), bounds.end());
            let found = match value {
                DeValue::Integer(_) => "out of range",
                other => kind(other),
            };
            self.problem(key, &format!("it is {found}"), &remedy);
        }
        number
    }

    /// A percentage such as "25%".
    pub(super) fn percent(&mut self, key: &'static str) -> Option<u8> {
        let text = self.string(key)?;
        let share = text
            .strip_suffix('%')
            .and_then(|number| number.trim().parse().ok());
        let share = share.filter(|share| (1..=100).contains(share));
        if share.is_none() {
            self.problem(
                key,
                &format!("{text:?} is not a percentage"),
                "give a percentage from 1% to 100%, such as \"25%\"",
            );
        }
        share
    }

    /// A length of time such as "5m", within bounds.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        bounds: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let text = self.string(key)?;
        match humantime::parse_duration(&text) {
            Ok(duration) if bounds.contains(&duration) => Some(duration),
            Ok(_) => {
                let show = super::length::in_words;
                let remedy = format!(
                    "give a time from {} to {}",
                    show(*bounds.start()),
                    show(*bounds.end())
                );
                self.problem(key, &format!("{text:?} is too short or too long"), &remedy);
                None
            }
            Err(_) => {
                self.problem(
                    key,
                    &format!("{text:?} is not a length of time"),
                    "write it like \"30s\", \"5m\", \"1h 30m\", \"14d\"",
                );
                None
            }
        }
    }

    /// A number of bytes such as "256MiB".
    pub(super) fn bytes(&mut self, key: &'static str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let text = self.string(key)?;
        let bytes = text
            .parse::<bytesize::ByteSize>()
            .ok()
            .map(|size| size.as_u64())
            .filter(|size| bounds.contains(size));
        if bytes.is_none() {
            let show = |size: u64| bytesize::ByteSize(size).display().iec().to_string();
            let remedy = format!(
                "write it like \"256MiB\", from {} to {}",
                show(*bounds.start()),
                show(*bounds.end())
            );
            self.problem(key, &format!("{text:?} is not a valid size"), &remedy);
        }
        bytes
    }

    /// A list of strings.
    pub(super) fn strings(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let strings = match value {
            DeValue::Array(array) => array
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(text.to_string()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if strings.is_none() {
            self.wrong_type(key, "a list of strings, [\"…\", \"…\"]", value);
        }
        strings
    }

    /// A list of strings and tables.
    pub(super) fn items(&mut self, key: &'static str) -> Option<Vec<Item<'a>>> {
        let value = self.value(key)?;
        let items = match value {
            DeValue::Array(array) => array
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Some(Item::Text(text.to_string())),
                    DeValue::Table(table) => {
                        let path = below(&self.path, key);
                        Some(Item::Table(self.below(key, path, table, item.span().start)))
                    }
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        };
        if items.is_none() {
            self.wrong_type(key, "a list of strings and tables, [\"…\", { … }]", value);
        }
        items
    }

    /// A table below this one.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Reader<'a>> {
        let value = self.spanned(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                let path = below(&self.path, key);
                Some(self.below(key, path, table, self.key_offset(key)))
            }
            other => {
                self.wrong_type(key, "a table", other);
                None
            }
        }
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Reader<'a>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let header = below(&self.path, key);
        let DeValue::Array(array) = value else {
            self.wrong_type(key, &format!("a list of tables, [[{header}]]"), value);
            return Vec::new();
        };
        array
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => Some(self.below(key, String::new(), table, item.span().start)),
                other => {
                    self.wrong_type(key, &format!("a list of tables, [[{header}]]"), other);
                    None
                }
            })
            .collect()
    }

    /// Whether the table has this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Marks a key as known.
    pub(super) fn ask(&mut self, key: &'static str) {
        self.asked.get_mut().push(key);
    }

    /// All keys that were not read yet, with their values.
    pub(super) fn rest(&self) -> Vec<(&'a str, &'a DeValue<'a>)> {
        let asked = self.asked.borrow();
        self.table
            .iter()
            .filter(|(key, _)| !asked.contains(&key.get_ref().as_ref()))
            .map(|(key, value)| (key.get_ref().as_ref(), value.get_ref()))
            .collect()
    }

    /// Notes every unknown key.
    pub(super) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.rest() {
            self.problem(
                key,
                "there is no such key",
                &known_keys(key, asked.iter().copied()),
            );
        }
    }

    /// Notes what is wrong with a key.
    pub(super) fn problem(&self, key: &str, problem: &str, remedy: &str) {
        self.push(ConfigProblem {
            place: self.positions.at(self.key_offset(key)).to_string(),
            title: self.title.clone(),
            path: below(&self.path, key),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        });
    }

    pub(super) fn push(&self, problem: ConfigProblem) {
        self.problems.push(problem);
    }

    /// The places of this table's keys and of all keys below, by path (`settings.tenant`); the table's own place is under "".
    pub(super) fn places(&self) -> BTreeMap<String, Location> {
        let mut places = BTreeMap::from([(String::new(), self.positions.at(self.start))]);
        collect_places(self.table, "", self.positions, &mut places);
        places
    }

    /// The whole table as JSON; dates become strings.
    pub(super) fn json(&self) -> Value {
        json_table(self.table)
    }

    fn below(&self, key: &str, path: String, table: &'a DeTable<'a>, start: usize) -> Reader<'a> {
        let title = if self.title.is_empty() {
            key.to_owned()
        } else {
            format!("{}: {key}", self.title)
        };
        Reader {
            table,
            start,
            title,
            path,
            positions: self.positions,
            problems: self.problems,
            asked: RefCell::default(),
        }
    }

    fn value(&mut self, key: &'static str) -> Option<&'a DeValue<'a>> {
        self.spanned(key).map(Spanned::get_ref)
    }

    fn spanned(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.get_mut().push(key);
        self.table.get(key)
    }

    fn key_offset(&self, key: &str) -> usize {
        self.table
            .get_key_value(key)
            .map_or(self.start, |(key, _)| key.span().start)
    }

    pub(super) fn wrong_type(&self, key: &str, expected: &str, found: &DeValue<'_>) {
        // Never show the value: a secret may be in the wrong place.
        self.problem(
            key,
            &format!("it is {}", kind(found)),
            &format!("it must be {expected}"),
        );
    }
}

fn collect_places(
    table: &DeTable<'_>,
    prefix: &str,
    positions: &Positions,
    places: &mut BTreeMap<String, Location>,
) {
    for (key, value) in table {
        let path = below(prefix, key.get_ref());
        if let DeValue::Table(below) = value.get_ref() {
            collect_places(below, &path, positions, places);
        }
        places.insert(path, positions.at(key.span().start));
    }
}

/// The path of a key in the table at `path`.
fn below(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "not a whole number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A table as JSON; dates become strings.
pub(super) fn json_table(table: &DeTable<'_>) -> Value {
    Value::Object(
        table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), json(value.get_ref())))
            .collect(),
    )
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
        DeValue::Boolean(is) => Value::from(*is),
        DeValue::Datetime(date) => Value::from(date.to_string()),
        DeValue::Array(array) => array.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => json_table(table),
    }
}
