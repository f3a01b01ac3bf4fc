//! The plugin directory with real components: versions of the connector `hostile`.

mod approval;
mod restart;
mod trial;
mod updates;
mod walk;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use collector_sandbox::Sandbox;
use collector_store::{SharedStore, Store};
use serde_json::json;

use super::{Connectors, End, Use, Version};

static HOSTILE: LazyLock<Vec<u8>> =
    LazyLock::new(|| std::fs::read(e2e::component("hostile").unwrap()).unwrap());
static SANDBOX: LazyLock<Arc<Sandbox>> = LazyLock::new(|| Arc::new(Sandbox::compiling_here().unwrap()));

/// A version of the connector `hostile`: `0.2.0 hosts=https://a.example`.
fn hostile(orders: &str) -> Vec<u8> {
    e2e::variant(&HOSTILE, &format!("version={orders}")).unwrap()
}

/// A plugin directory and a data directory.
struct Place {
    directory: tempfile::TempDir,
    store: SharedStore,
}

impl Place {
    /// With `plugins/hostile.wasm`.
    fn with(bytes: &[u8]) -> Self {
        let place = Self::empty();
        std::fs::create_dir(place.plugins()).unwrap();
        place.put(bytes);
        place
    }

    fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("data")).unwrap();
        Self {
            directory,
            store: SharedStore::new(store),
        }
    }

    fn plugins(&self) -> PathBuf {
        self.directory.path().join("plugins")
    }

    fn file(&self) -> PathBuf {
        self.plugins().join("hostile.wasm")
    }

    /// Replaces the connector in place.
    fn put(&self, bytes: &[u8]) {
        std::fs::write(self.file(), bytes).unwrap();
    }

    fn kept(&self) -> Vec<String> {
        names(&self.directory.path().join("data/connectors"))
    }

    /// The service, with sources `a` and `b` that use the connector.
    async fn start(&self) -> Service<'_> {
        self.start_with(vec![usage("a", json!({})), usage("b", json!({}))])
            .await
    }

    async fn start_with(&self, uses: Vec<Use>) -> Service<'_> {
        self.start_by(Arc::clone(&SANDBOX), uses).await
    }

    async fn start_by(&self, sandbox: Arc<Sandbox>, uses: Vec<Use>) -> Service<'_> {
        let data = self.directory.path().join("data");
        let store = self.store.clone();
        let plugins = Connectors::start(sandbox, self.plugins(), data, store, uses)
            .await
            .unwrap();
        Service { place: self, plugins }
    }

    /// The events, oldest first: `held 0.2.0`, with the cause after a colon.
    fn events(&self) -> Vec<String> {
        let mut events = self.store.lock().events(1_000).unwrap();
        events.reverse();
        events
            .into_iter()
            .map(|event| {
                let version = event.version.map(|version| format!(" {version}"));
                let cause = event.cause.map(|cause| format!(": {cause}"));
                format!(
                    "{}{}{}",
                    event.kind,
                    version.unwrap_or_default(),
                    cause.unwrap_or_default()
                )
            })
            .collect()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn usage(source: &str, settings: serde_json::Value) -> Use {
    Use {
        source: source.into(),
        connector: "hostile".into(),
        settings,
    }
}

struct Service<'a> {
    place: &'a Place,
    plugins: Connectors,
}

impl Service<'_> {
    fn current(&self) -> Result<Version, String> {
        self.plugins.current("hostile")
    }

    /// The version for the next pass; empty if there is none.
    fn version(&self) -> String {
        self.current()
            .map(|version| version.version().to_owned())
            .unwrap_or_default()
    }

    async fn until_version(&self, version: &str) {
        until(
            &format!("version {version}"),
            || self.version() == version,
            || format!("{:?}, {:#?}", self.current(), self.place.events()),
        )
        .await;
    }

    /// Waits until these are all events so far.
    async fn until_events(&self, expected: &[&str]) {
        until(
            &format!("{expected:#?}"),
            || self.place.events() == expected,
            || format!("{:#?}", self.place.events()),
        )
        .await;
    }

    /// Waits until the last event is this one.
    async fn until_event(&self, expected: &str) {
        until(
            expected,
            || self.place.events().last().map(String::as_str) == Some(expected),
            || format!("{:#?}", self.place.events()),
        )
        .await;
    }

    async fn until_compiled(&self, count: u64) {
        until(
            &format!("{count} compiled"),
            || self.compiled() >= count,
            || format!("{}", self.compiled()),
        )
        .await;
    }

    fn compiled(&self) -> u64 {
        self.plugins.published.compiled()
    }

    /// A pass of a source with the version that serves now.
    async fn pass(&self, source: &str, end: End) {
        let version = self.current().unwrap();
        self.plugins.ended(source, &version, end).await;
    }

    async fn works(&self, source: &str) {
        self.pass(source, End::Worked).await;
    }

    /// A pass of `a` that works, and the copy that results from it.
    async fn proved(&self) {
        let kept = format!("{}.wasm", self.current().unwrap().digest());
        self.works("a").await;
        until(
            "the copy",
            || self.place.kept().contains(&kept),
            || format!("{:?}", self.place.kept()),
        )
        .await;
    }

    async fn stop(self) {
        self.plugins.stop().await;
    }
}

/// Waits for a condition, or fails with the actual state.
async fn until(what: &str, condition: impl Fn() -> bool, instead: impl Fn() -> String) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "waited for {what}; it is {}",
            instead()
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn trap() -> End {
    End::Stopped("it trapped".into())
}

fn nothing() -> End {
    End::FailedWhole("no room list could be read".into())
}
