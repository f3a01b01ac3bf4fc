//! A connector's settings schema, kept ready for use: read once, restricted, compiled once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use collector_tasks::blocking::blocking;
use serde_json::Value;
use tokio::time::timeout;

use super::rules::{self, PATTERN_MEMORY, SchemaError};
use super::words::{self, Words};
use collector_model::form::Problem;

/// The most problems reported at once: nobody reads more.
const PROBLEMS: usize = 100;
/// How long to wait for a schema, or for a check against one. Its limits keep it far below; this is for what they overlook.
const PATIENCE: Duration = Duration::from_secs(10);

/// A JSON Schema (2020-12) of a connector's settings that is cheap to compile and to check against: see `rules.rs` for what it may contain.
/// Cheap to clone.
#[derive(Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

struct Inner {
    /// The schema as the connector wrote it, with the words for people.
    written: Value,
    /// Built from the rules alone.
    validator: jsonschema::Validator,
}

impl Schema {
    /// Reads a schema. Compiling one takes some milliseconds, so this is not for the executor's threads.
    ///
    /// # Errors
    /// The text is not a schema, or not a supported one.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let written: Value =
            serde_json::from_str(text).map_err(|error| SchemaError::NotJson(error.to_string()))?;
        let rules = rules::restrict(&written)?;
        // The engine for patterns that takes linear time, whatever the pattern.
        let patterns = jsonschema::PatternOptions::regex()
            .size_limit(PATTERN_MEMORY)
            .dfa_size_limit(PATTERN_MEMORY);
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .with_pattern_options(patterns)
            .build(&rules)
            .map_err(|error| SchemaError::Invalid {
                at: error.instance_path().to_string(),
                cause: super::short(error.to_string()),
            })?;
        Ok(Self {
            inner: Arc::new(Inner { written, validator }),
        })
    }

    /// Reads a schema away from the executor's threads, and within a time limit.
    ///
    /// # Errors
    /// See [`Schema::parse`]; or it took too long.
    pub async fn parse_apart(text: String) -> Result<Self, SchemaError> {
        let parsed = timeout(PATIENCE, blocking(move || Self::parse(&text)));
        parsed.await.unwrap_or(Err(SchemaError::Slow(PATIENCE)))
    }

    /// As the connector wrote it.
    pub fn written(&self) -> &Value {
        &self.inner.written
    }

    /// Each setting with its schema, and whether it is required.
    pub fn properties(&self) -> impl Iterator<Item = (&str, &Value, bool)> {
        let required = self.written().get("required").and_then(Value::as_array);
        let properties = self.written().get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(move |(key, property)| {
            let is_required = required.is_some_and(|required| required.iter().any(|name| name == key));
            (key.as_str(), property, is_required)
        })
    }

    /// Checks settings against the schema, and tells in these words what is wrong.
    ///
    /// # Errors
    /// What is wrong with them; at most a hundred problems.
    pub fn check(&self, settings: &Value, words: Words) -> Result<(), Vec<Problem>> {
        let Inner { written, validator } = &*self.inner;
        let problems: Vec<_> = validator
            .iter_errors(settings)
            .flat_map(|error| words::problems(&error, written, words))
            .take(PROBLEMS)
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// Checks settings away from the executor's threads, and within a time limit.
    ///
    /// # Errors
    /// See [`Schema::check`]; or it took too long.
    pub async fn check_apart(&self, settings: &Value, words: Words) -> Result<(), Vec<Problem>> {
        let (schema, settings) = (self.clone(), settings.clone());
        let checked = timeout(PATIENCE, blocking(move || schema.check(&settings, words)));
        checked.await.unwrap_or_else(|_| {
            Err(vec![Problem {
                key: String::new(),
                problem: format!(
                    "checking them against the connector's schema takes longer than {}",
                    humantime::format_duration(PATIENCE)
                ),
                remedy: "use fewer settings, or ask the connector's author for a simpler schema".into(),
            }])
        })
    }

    /// Converts a setting given as text to the type that the schema wants. A text that does not convert stays a text, for [`Schema::check`]
    /// to report.
    pub fn typed(&self, key: &str, text: &str) -> Value {
        let wanted = words::property(self.written(), key)
            .and_then(|property| property.get("type"))
            .and_then(Value::as_str);
        match wanted {
            Some("integer" | "number" | "boolean" | "array" | "object") => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
            _ => Value::from(text),
        }
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.written() == other.written()
    }
}

impl Eq for Schema {}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.written(), f)
    }
}
