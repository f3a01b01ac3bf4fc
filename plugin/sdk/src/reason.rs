//! Why something was not possible, for the people who run the collector.

/// What happened and what to do about it; see `types.reason`. Plain text, no credentials, never a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reason {
    /// What happened, naming the thing.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
    /// The other side's own code for it.
    pub code: Option<String>,
}

/// A reason without advice.
impl From<String> for Reason {
    fn from(message: String) -> Self {
        Self {
            message,
            ..Self::default()
        }
    }
}

/// A reason without advice.
impl From<&str> for Reason {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsProblem {
    /// The setting's key, or empty if the problem concerns several.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be right.
    pub remedy: String,
}

/// Reads settings into a type of the connector's own. The collector has checked them against the schema, so this succeeds if type and schema
/// agree.
///
/// # Errors
/// Type and schema do not agree.
pub fn read_settings<T: serde::de::DeserializeOwned>(settings: &str) -> Result<T, Vec<SettingsProblem>> {
    serde_json::from_str(settings).map_err(|error| {
        vec![SettingsProblem {
            key: String::new(),
            problem: format!("the settings cannot be read: {error}"),
            remedy: "Correct the settings; if they are right, the connector's schema and code disagree."
                .to_owned(),
        }]
    })
}
