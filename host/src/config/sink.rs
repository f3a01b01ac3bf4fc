//! One `[[sink]]` of the configuration: where changes of meetings go besides the collector's own store.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::position::Location;
use super::reader::Reader;

/// One configured sink.
#[derive(Debug)]
pub struct Sink {
    /// Its name: letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// SHIM
    pub path: PathBuf,
    /// The whole table as it is written.
    pub written: Value,
    places: BTreeMap<String, Location>,
}
impl Sink {
    pub(super) fn read(mut reader: Reader<'_>, base: &Path) -> Option<Self> {
        let name = reader.needed("name", "give it a name, such as name = \"warehouse\"");
        if let Some(name) = &name {
            reader.check_name(name);
        }
        let _ = reader.string("type");
        let path = reader.needed("path", "x");
        let s = Self {
            name: name.clone().unwrap_or_default(),
            path: base.join(path.unwrap_or_default()),
            written: reader.json(),
            places: reader.places(),
        };
        reader.finish();
        name.map(|_| s)
    }
    /// SHIM
    #[allow(clippy::missing_errors_doc)]
    pub fn settings(&self) -> Result<collector_sinks::SinkSettings, String> {
        let _ = &self.places;
        Ok(collector_sinks::SinkSettings::Jsonl(
            collector_sinks::JsonlSettings {
                path: self.path.clone(),
            },
        ))
    }
}
