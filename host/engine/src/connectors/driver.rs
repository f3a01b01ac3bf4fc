//! The task that owns all connectors: it passes events to the state machine, one at a time, and carries out the effects.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use collector_store::{ConnectorChange, SharedStore};
use collector_tasks::watched::watched;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::check::File;
use super::log::{self, LOG};
use super::machine::{Effect, Event, Note, Now, State, Use, next};
use super::published::Version;
use super::tasks::{self, Brought, Done, Ended, Place, Tools};
use super::watcher::{self, Listing, Watcher};

/// How long a file must stay unchanged before it is read: a copy over the network stalls for less, and a person does not notice the wait.
const QUIET: Duration = Duration::from_millis(150);
/// How long the service waits for its connectors at start: a file that never becomes whole, or a share that hangs, must not delay the
/// others.
const FIRST: Duration = Duration::from_secs(15);
/// The pause after a defect.
const PAUSE: Duration = Duration::from_secs(2);
/// How long shutdown waits for copies in progress, and then for the store.
const LAST: Duration = Duration::from_secs(5);
/// Changes that may wait while the store fails. Each is complete in itself, so the oldest may go.
const UNWRITTEN: usize = 1_000;

/// A message to the task.
pub(super) enum Message {
    Uses(Vec<Use>),
    TryAgain,
    /// An event of this connector, and where to report that its effects were carried out.
    Event(String, Event, oneshot::Sender<()>),
    Stop,
}

/// A connector, with the parts that are not plain values.
struct Entry {
    state: State,
    /// The versions that may serve, by digest.
    loaded: HashMap<String, Loaded>,
}

struct Loaded {
    version: Version,
    /// The bytes of its file, until a copy of it exists.
    bytes: Option<Arc<[u8]>>,
}

/// See the module.
pub(super) struct Driver {
    tools: Tools,
    store: SharedStore,
    uses: Vec<Use>,
    connectors: BTreeMap<String, Entry>,
    messages: mpsc::UnboundedReceiver<Message>,
    watcher: Watcher,
    tasks: JoinSet<Ended>,
    /// Places for files of connectors that sources use. Other files, of which there may be any number, have their own.
    used_places: Arc<Semaphore>,
    unused_places: Arc<Semaphore>,
    started: Instant,
    /// The service is starting: nothing is delayed.
    hurry: bool,
    /// The directory was read once, or could not be read.
    looked: bool,
    /// The directory could not be read.
    blind: bool,
    /// Copies being written.
    copying: usize,
    /// The store is being asked for approvals.
    asking: bool,
    /// Changes for the store that wait for the write in progress.
    unwritten: Vec<ConnectorChange>,
    writing: bool,
}

impl Driver {
    pub(super) async fn new(
        tools: Tools,
        store: SharedStore,
        uses: Vec<Use>,
        messages: mpsc::UnboundedReceiver<Message>,
    ) -> anyhow::Result<Self> {
        let copies = tools.copies.clone();
        let (records, mut versions, passes) = store
            .read(move |store| {
                let records = store.connectors()?;
                copies.clean(records.iter().flat_map(|record| [&record.good, &record.before]));
                Ok((records, store.connector_versions()?, store.passes()?))
            })
            .await?;
        let connectors = records
            .into_iter()
            .map(|record| {
                let name = record.name.clone();
                let own = versions.extract_if(.., |version| version.connector == name);
                let state = State::stored(record, own.collect(), &passes, uses_of(&uses, &name));
                (name, Entry::new(state))
            })
            .collect();
        Ok(Self {
            watcher: Watcher::start(&tools.published.directory),
            tools,
            store,
            uses,
            connectors,
            messages,
            tasks: JoinSet::new(),
            used_places: Arc::new(Semaphore::new(2)),
            unused_places: Arc::new(Semaphore::new(1)),
            started: Instant::now(),
            hurry: true,
            looked: false,
            blind: false,
            copying: 0,
            asking: false,
            unwritten: Vec::new(),
            writing: false,
        })
    }

    /// Works until every connector with a file or a kept copy has a version, or a reason for having none: first those that sources use,
    /// then the others, which pages show. Updates of serving versions continue afterwards.
    pub(super) async fn begin(&mut self) {
        let until = Instant::now() + FIRST;
        while !self.looked || self.connectors.values().any(|entry| entry.state.is_awaited()) {
            if timeout_at(until, self.turn()).await.is_err() {
                break;
            }
        }
        self.hurry = false;
    }

    /// Works until told to stop, or until every sender is gone.
    pub(super) async fn run(mut self) {
        loop {
            match watched(self.turn()).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(broken) => {
                    tracing::error!(target: LOG, "cannot handle a connector event: {broken}");
                    sleep(PAUSE).await;
                }
            }
        }
        self.finish().await;
    }

    /// Waits for the next message and acts on it. False when told to stop.
    async fn turn(&mut self) -> bool {
        tokio::select! {
            message = self.messages.recv() => match message {
                None | Some(Message::Stop) => return false,
                Some(message) => self.take(message),
            },
            Some(Ok(ended)) = self.tasks.join_next(), if !self.tasks.is_empty() => self.ended(ended),
            looked = self.watcher.next() => self.looked(looked),
        }
        if !self.asking && self.connectors.values().any(|entry| entry.state.is_held()) {
            self.asking = true;
            self.spawn(
                tasks::approvals(self.store.clone()),
                Ended::Approvals(BTreeMap::new()),
            );
        }
        self.write();
        true
    }

    /// Completes what a restart relies on: copies and the store.
    async fn finish(&mut self) {
        let copied = |driver: &Self| driver.copying == 0;
        if timeout(LAST, self.work_until(copied)).await.is_err() {
            tracing::warn!(target: LOG, "stopping before a good connector version was copied to the data directory");
        }
        let written = |driver: &Self| !driver.writing;
        if timeout(LAST, self.work_until(written)).await.is_err() {
            tracing::warn!(target: LOG, "stopping before the last connector events were written to the store");
        }
    }

    async fn work_until(&mut self, done: impl Fn(&Self) -> bool) {
        while !done(self)
            && let Some(ended) = self.tasks.join_next().await
        {
            if let Ok(ended) = ended {
                self.ended(ended);
            }
            self.write();
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Stop => {}
            Message::Uses(uses) => {
                self.uses = uses;
                for name in self.names() {
                    self.happens(&name, Event::Uses(uses_of(&self.uses, &name)), Brought::Nothing);
                }
            }
            Message::TryAgain => self.happens_to_all(&Event::TryAgain),
            Message::Event(connector, event, done) => {
                self.happens(&connector, event, Brought::Nothing);
                // A sender that does not wait needs no answer.
                let _ = done.send(());
            }
        }
    }

    fn ended(&mut self, ended: Ended) {
        match ended {
            Ended::Connector(connector, (event, brought)) => {
                if let Event::CopyWritten(..) = event {
                    self.copying = self.copying.saturating_sub(1);
                }
                self.happens(&connector, event, brought);
            }
            Ended::Approvals(approved) => {
                self.asking = false;
                for (name, json) in approved {
                    self.happens(&name, Event::Approved(json), Brought::Nothing);
                }
            }
            Ended::Written => self.writing = false,
        }
    }

    fn looked(&mut self, looked: io::Result<Listing>) {
        self.looked = true;
        let listing = match looked {
            Ok(listing) => listing,
            Err(error) => {
                if !self.blind {
                    tracing::warn!(target: LOG, "cannot read the plugin directory {} ({error}); loaded connectors stay in use",
                        self.tools.published.directory.display());
                }
                self.blind = true;
                return self.happens_to_all(&Event::Blind);
            }
        };
        self.blind = false;
        for name in listing.keys() {
            if !self.connectors.contains_key(name) {
                let state = State::new(name, uses_of(&self.uses, name));
                self.connectors.insert(name.clone(), Entry::new(state));
            }
        }
        // Connectors that no source uses must not delay those that a source uses.
        let used_first = self
            .connectors
            .values()
            .any(|entry| entry.state.is_used() && entry.state.is_awaited());
        let quiet = if self.hurry { Duration::ZERO } else { QUIET };
        for name in self.names() {
            let used = self.uses.iter().any(|usage| usage.connector == name);
            let looked = Event::Looked {
                file: listing.get(&name).copied(),
                quiet,
                later: used_first && !used,
            };
            self.happens(&name, looked, Brought::Nothing);
        }
    }

    fn names(&self) -> Vec<String> {
        self.connectors.keys().cloned().collect()
    }

    fn happens_to_all(&mut self, event: &Event) {
        for name in self.names() {
            self.happens(&name, event.clone(), Brought::Nothing);
        }
    }

    /// Handles an event of a connector: carries out its effects, and publishes the version for the next pass.
    fn happens(&mut self, name: &str, event: Event, brought: Brought) {
        let now = Now {
            uptime: self.started.elapsed(),
            unix: chrono::Utc::now().timestamp(),
        };
        let Some(entry) = self.connectors.get_mut(name) else {
            return;
        };
        let (state, effects) = next(&entry.state, event, now);
        let before = std::mem::replace(&mut entry.state, state).answer();
        let mut file = None;
        match brought {
            Brought::Nothing => {}
            Brought::File(bytes, place) => file = Some((bytes, place)),
            Brought::Version(version, bytes) => {
                let loaded = Loaded { version, bytes };
                entry.loaded.insert(loaded.version.digest().to_owned(), loaded);
            }
        }
        for effect in effects {
            self.carry_out(name, effect, &mut file);
        }
        if let Some(entry) = self.connectors.get_mut(name) {
            let answer = entry.state.answer();
            if answer != before {
                self.tools.published.publish(name, &answer, entry.serving());
            }
            entry.forget();
        }
    }

    fn carry_out(&mut self, name: &str, effect: Effect, file: &mut Option<(Arc<[u8]>, Place)>) {
        let Some(entry) = self.connectors.get(name) else {
            return;
        };
        let tools = self.tools.clone();
        match effect {
            Effect::LookBy(at) => self.watcher.look_by(self.started + at),
            Effect::Read(identity) => {
                let places = if entry.state.is_used() {
                    &self.used_places
                } else {
                    &self.unused_places
                };
                let path = watcher::file(&tools.published.directory, name);
                let read = Tools::read(Arc::clone(places), path, identity);
                self.spawn_for(name, read, Event::Broken);
            }
            Effect::Check(digest, against, standing) => {
                let Some((bytes, place)) = file.take() else { return };
                let file = File {
                    connector: name.to_owned(),
                    bytes,
                    standing,
                    uses: Arc::clone(entry.state.uses()),
                    serving: entry.serving().map(|version| version.connector),
                };
                self.spawn_for(name, tools.check(file, digest, against, place), Event::Broken);
            }
            Effect::LoadCopy(digest) => self.spawn_for(name, tools.load_copy(digest), Event::Broken),
            Effect::WriteCopy(digest, remove) => {
                let loaded = entry.loaded.get(&digest);
                let Some(bytes) = loaded.and_then(|loaded| loaded.bytes.clone()) else {
                    return;
                };
                self.copying += 1;
                let broken = Err("a defect of the collector stopped it".to_owned());
                let broken = Event::CopyWritten(digest.clone(), broken);
                self.spawn_for(name, tools.write_copy(digest, bytes, remove), broken);
            }
            Effect::Store(change) => {
                if let Some(event) = &change.event {
                    tools.published.count(name, &event.kind);
                    log::event(event);
                }
                self.unwritten.push(*change);
            }
            Effect::Log(note) => {
                if let Note::Approved(..) = note {
                    tools.published.count(name, "approved");
                }
                log::note(name, &note);
            }
        }
    }

    /// Writes the waiting changes to the store, in one transaction. Connectors do not wait for a busy or full store.
    fn write(&mut self) {
        let over = self.unwritten.len().saturating_sub(UNWRITTEN);
        self.unwritten.drain(..over);
        if !self.writing && !self.unwritten.is_empty() {
            self.writing = true;
            let changes = std::mem::take(&mut self.unwritten);
            self.spawn(tasks::write(self.store.clone(), changes), Ended::Written);
        }
    }

    /// Starts work for a connector.
    fn spawn_for(&mut self, name: &str, work: impl Future<Output = Done> + Send + 'static, broken: Event) {
        let (connector, broken) = (
            name.to_owned(),
            Ended::Connector(name.to_owned(), (broken, Brought::Nothing)),
        );
        self.spawn(async { Ended::Connector(connector, work.await) }, broken);
    }

    /// Starts work beside the driver. A panic in it is a defect of ours, and yields `broken`.
    fn spawn(&mut self, work: impl Future<Output = Ended> + Send + 'static, broken: Ended) {
        self.tasks.spawn(async {
            watched(work).await.unwrap_or_else(|problem| {
                tracing::error!(target: LOG, "{problem}");
                broken
            })
        });
    }
}

impl Entry {
    fn new(state: State) -> Self {
        Self {
            state,
            loaded: HashMap::new(),
        }
    }

    /// The version that serves.
    fn serving(&self) -> Option<Version> {
        let loaded = self.loaded.get(self.state.serving_digest()?)?;
        Some(loaded.version.clone())
    }

    /// Forgets what is no longer needed.
    fn forget(&mut self) {
        let state = &self.state;
        self.loaded.retain(|digest, loaded| {
            if !state.needs_bytes(digest) {
                loaded.bytes = None;
            }
            state.needs(digest)
        });
    }
}

fn uses_of(uses: &[Use], connector: &str) -> Arc<[Use]> {
    uses.iter()
        .filter(|usage| usage.connector == connector)
        .cloned()
        .collect()
}
