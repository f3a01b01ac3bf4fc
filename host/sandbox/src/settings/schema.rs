//! A connector's schema for its settings, kept ready for use: read once, restricted, compiled once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use collector_tasks::blocking::blocking;
use serde_json::Value;
use tokio::time::timeout;

use super::rules::{self, PATTERN_MEMORY, SchemaError};
use super::{SettingsProblem, words};

/// Problems that are told at once: more is read by nobody.
const PROBLEMS: usize = 100;
/// What is waited for a schema, or for a check against one. Its limits keep it far below; this is for what they overlook.
const PATIENCE: Duration = Duration::from_secs(10);

/// A JSON Schema (2020-12) of the settings of a connector, of which compiling and checking are known to be cheap: see `rules.rs` for what
/// it may hold. Cheap to clone.
#[derive(Clone)]
pub struct Schema {
    inner: Arc<Inner>,
}

struct Inner {
    /// As the connector wrote it, with the words for people.
    written: Value,
    /// Made of its rules alone.
    validator: jsonschema::Validator,
}

impl Schema {
    /// Reads a schema. Compiling one takes some milliseconds, so this is not for the executor's threads.
    ///
    /// # Errors
    /// It is no schema, or one that is not taken.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let written: Value =
            serde_json::from_str(text).map_err(|error| SchemaError::NotJson(error.to_string()))?;
        let rules = rules::restrict(&written)?;
        // Patterns of the engine that takes linear time, whatever the pattern.
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

    /// The same away from the executor's threads, and not for ever.
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

    /// Checks settings against it.
    ///
    /// # Errors
    /// What is wrong with them; at most a hundred problems.
    pub fn check(&self, settings: &Value) -> Result<(), Vec<SettingsProblem>> {
        let Inner { written, validator } = &*self.inner;
        let problems: Vec<_> = validator
            .iter_errors(settings)
            .flat_map(|error| words::problems(&error, written))
            .take(PROBLEMS)
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    /// The same away from the executor's threads, and not for ever.
    ///
    /// # Errors
    /// See [`Schema::check`]; or it took too long.
    pub async fn check_apart(&self, settings: &Value) -> Result<(), Vec<SettingsProblem>> {
        let (schema, settings) = (self.clone(), settings.clone());
        let checked = timeout(PATIENCE, blocking(move || schema.check(&settings)));
        checked.await.unwrap_or_else(|_| {
            Err(vec![SettingsProblem {
                key: String::new(),
                problem: format!(
                    "they could not be checked against the connector's schema within {}",
                    humantime::format_duration(PATIENCE)
                ),
                remedy: "give fewer settings, or get a connector with a simpler schema from whoever made it"
                    .into(),
            }])
        })
    }

    /// A setting that was given as text, in the type that the schema wants. What cannot be one stays text, for [`Schema::check`] to
    /// say so.
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
