//! `[insights.weekly]`: where the summary of each week is posted.

use std::path::PathBuf;
use std::time::Duration;

use collector_egress::credential::SecretRef;
use collector_engine::configured::{ConfigProblem, Location, location};
use collector_sinks::{BATCH, Messenger, WebhookSettings};
use serde_json::Value;

use super::reader::Reader;
use super::secret::Folders;
use super::sink::{needed_secret, read_file, read_secret, url};

/// What it is called in messages.
const TITLE: &str = "[insights.weekly]";
/// The longest pause that the receiver may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// `[insights.weekly]`.
#[derive(Debug, Clone)]
pub struct Weekly {
    url: url::Url,
    /// Where the secret is with which summaries are signed.
    pub secret: SecretRef,
    ca: Option<PathBuf>,
    written: Value,
    places: std::collections::BTreeMap<String, Location>,
}

impl PartialEq for Weekly {
    /// Whether both are written alike, wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Weekly {}

impl Weekly {
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Option<Self> {
        let url = url(&mut reader, "https://example.com/weekly");
        let secret = needed_secret(&mut reader, "secret", folders);
        let ca = reader.string("ca").map(|path| folders.base.join(path));
        if !collector_sinks::BUILT.contains(&"webhook") {
            reader.problem(
                "url",
                "this program was built without webhooks",
                "use a released program, or build one with the feature `webhook`",
            );
        }
        let (written, places) = (reader.json(), reader.places());
        reader.finish();
        Some(Self {
            url: url?,
            secret: secret?,
            ca,
            written,
            places,
        })
    }

    /// The origin to which summaries are posted, without what may be secret.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Makes what posts summaries, without contacting anything.
    ///
    /// # Errors
    /// A secret or a file cannot be read, or a setting cannot be used: with file, line and remedy.
    pub fn open(&self) -> Result<Box<dyn Messenger>, String> {
        let problem = |key: &str, problem: &str, remedy: &str| self.problem(key, problem, remedy);
        let settings = WebhookSettings {
            url: self.url.clone(),
            secret: read_secret("secret", &self.secret, problem).map_err(|problem| problem.to_string())?,
            ca: read_file("ca", self.ca.as_deref(), problem).map_err(|problem| problem.to_string())?,
            batch: BATCH,
            longest_pause: LONGEST_PAUSE,
        };
        collector_sinks::messenger(settings)
            .map_err(|error| format!("{}: {TITLE}: {error}", location(&self.places, "url")))
    }

    fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem {
            place: location(&self.places, key),
            title: TITLE.to_owned(),
            path: key.to_owned(),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}
