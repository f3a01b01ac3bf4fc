//! The task that has all connectors: it looks when there may be something, starts work beside itself, and takes one step at a time
//! with what comes back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc, oneshot};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::check::fingerprint;
use super::folder::{Folder, Listing};
use super::journal::Journal;
use super::kept::Kept;
use super::plugin::{Candidate, Plugin, known_plugins, sources};
use super::work::{self, Done};
use super::{End, Shared, Use};
use crate::sandbox::Sandbox;
use crate::store::{ConnectorRecord, SharedStore};
use crate::watched::watched;

/// Where it logs.
pub(super) const LOG: &str = "collector::plugins";
/// A file that is the same for so long is read: a copy over the network stalls for less, a person does not notice it.
const QUIET: Duration = Duration::from_millis(150);
/// What looks like half a file is not called so before it is the same for so long.
const SETTLED: Duration = Duration::from_secs(1);
/// How often the directory is looked at without being told to.
const RESCAN: Duration = Duration::from_secs(2);
/// The same where there are no events, or no directory; and how often an approval is looked for.
const POLL: Duration = Duration::from_millis(500);
/// When what the machine had no room for is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(30);
/// At least so long between two looks: a copy tells of each of its writes.
const GAP: Duration = Duration::from_millis(20);
/// What the service waits for before it comes up: a file that never becomes whole, or a share that hangs, keeps nobody else waiting.
const FIRST: Duration = Duration::from_secs(15);
/// What ending waits for copies that are being written.
const LAST: Duration = Duration::from_secs(5);

/// What the task is told.
pub(super) enum Message {
    Uses(Vec<Use>),
    Rescan,
    Ended {
        source: String,
        connector: String,
        digest: String,
        end: End,
        done: oneshot::Sender<()>,
    },
    Stop,
}

/// See the module.
pub(super) struct Keeper {
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) shared: Arc<Shared>,
    pub(super) kept: Kept,
    pub(super) journal: Journal,
    pub(super) uses: Vec<Use>,
    pub(super) plugins: BTreeMap<String, Plugin>,
    /// The directory could not be looked at.
    pub(super) blind: bool,
    store: SharedStore,
    messages: mpsc::UnboundedReceiver<Message>,
    folder: Arc<Mutex<Folder>>,
    wake: Arc<Notify>,
    tasks: JoinSet<Done>,
    /// The connector that a task works for; none for a look.
    owners: HashMap<Id, Option<String>>,
    /// Places for files of connectors that sources use, and for others: of those there may be any number.
    pub(super) wanted: Arc<Semaphore>,
    pub(super) unknown: Arc<Semaphore>,
    /// Copies being written.
    pub(super) keeping: usize,
    looking: bool,
    looked: bool,
    asking: bool,
    /// Nothing is waited for while the service comes up.
    hurry: bool,
    last_look: Instant,
    next_look: Instant,
    next_poll: Instant,
}

impl Keeper {
    pub(super) async fn new(
        sandbox: Arc<Sandbox>,
        shared: Arc<Shared>,
        data: &Path,
        store: SharedStore,
        uses: Vec<Use>,
        messages: mpsc::UnboundedReceiver<Message>,
    ) -> anyhow::Result<Self> {
        let kept = Kept::new(data);
        let copies = kept.clone();
        let plugins = store
            .read(move |store| {
                let plugins = known_plugins(store)?;
                copies.clean(
                    plugins
                        .values()
                        .flat_map(|plugin| [&plugin.record.good, &plugin.record.before]),
                );
                Ok(plugins)
            })
            .await?;
        let wake = Arc::new(Notify::new());
        let now = Instant::now();
        Ok(Self {
            folder: Arc::new(Mutex::new(Folder::new(
                shared.directory.clone(),
                Arc::clone(&wake),
            ))),
            journal: Journal::new(store.clone()),
            kept,
            sandbox,
            shared,
            store,
            uses,
            plugins,
            blind: false,
            messages,
            wake,
            tasks: JoinSet::new(),
            owners: HashMap::new(),
            wanted: Arc::new(Semaphore::new(2)),
            unknown: Arc::new(Semaphore::new(1)),
            keeping: 0,
            looking: false,
            looked: false,
            asking: false,
            hurry: true,
            last_look: now,
            next_look: now,
            next_poll: now,
        })
    }

    /// Works until every connector that has a file, or a kept copy, has a version or a reason for having none: those that sources use, and
    /// then the others, which pages show. Updates of what serves already go on afterwards.
    pub(super) async fn begin(&mut self) {
        let until = Instant::now() + FIRST;
        loop {
            self.turn();
            if self.looked && !self.awaited(false) || Instant::now() >= until {
                break;
            }
            self.wait(false, until).await;
        }
        self.hurry = false;
    }

    /// Whether there is a connector, or one that a source uses, that has no version yet and no reason for having none.
    fn awaited(&self, used: bool) -> bool {
        self.plugins.iter().any(|(name, plugin)| {
            let begun = plugin.busy || plugin.unhandled() && plugin.doubt.is_none() && !self.blind;
            begun && plugin.serving.is_none() && (!used || self.is_used(name))
        })
    }

    pub(super) fn is_used(&self, name: &str) -> bool {
        self.uses.iter().any(|usage| usage.connector == name)
    }

    /// Works until it is told to stop, or nobody is left to tell it.
    pub(super) async fn run(mut self) {
        loop {
            let went_on = watched(async {
                self.turn();
                self.wait(true, Instant::now() + RESCAN).await
            });
            match went_on.await {
                Ok(true) => {}
                Ok(false) => break,
                Err(broken) => {
                    tracing::error!(target: LOG, "a step with a connector was not taken: {broken}");
                    (self.looking, self.asking) = (false, false);
                    tokio::time::sleep(RESCAN).await;
                }
            }
        }
        let copies = async {
            while self.keeping > 0
                && let Some(ended) = self.tasks.join_next_with_id().await
            {
                self.ended(ended);
            }
        };
        if timeout(LAST, copies).await.is_err() {
            tracing::warn!(target: LOG, "a good version could not be copied to the data directory in time");
        }
        self.journal.close().await;
    }

    /// Waits for something to do, and for messages too when it listens. False when it is to stop.
    async fn wait(&mut self, listen: bool, until: Instant) -> bool {
        let at = self.next().min(until);
        tokio::select! {
            message = self.messages.recv(), if listen => match message {
                None | Some(Message::Stop) => return false,
                Some(message) => self.take(message),
            },
            Some(ended) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.ended(ended),
            () = self.wake.notified() => self.look_soon(),
            () = sleep_until(at) => {}
        }
        true
    }

    fn ended(&mut self, ended: Result<(Id, Done), JoinError>) {
        match ended {
            Ok((id, done)) => {
                self.owners.remove(&id);
                self.done(done);
            }
            Err(error) => self.broke(&error),
        }
    }

    fn next(&self) -> Instant {
        let far = Instant::now() + RESCAN;
        let look = if self.looking { far } else { self.next_look };
        if self.holding().next().is_some() && !self.asking {
            look.min(self.next_poll)
        } else {
            look
        }
    }

    fn look_soon(&mut self) {
        let soon = Instant::now().max(self.last_look + GAP);
        self.next_look = self.next_look.min(soon);
    }

    fn holding(&self) -> impl Iterator<Item = &String> {
        self.plugins
            .iter()
            .filter(|(_, plugin)| matches!(plugin.candidate, Some(Candidate::Held { .. })))
            .map(|(name, _)| name)
    }

    /// Starts what is due.
    fn turn(&mut self) {
        let now = Instant::now();
        if !self.looking && now >= self.next_look {
            self.looking = true;
            self.last_look = now;
            self.next_look = now + RESCAN;
            self.spawn(None, work::look(Arc::clone(&self.folder)));
        }
        if !self.asking && now >= self.next_poll {
            self.next_poll = now + POLL;
            let names: Vec<String> = self.holding().cloned().collect();
            if !names.is_empty() {
                self.asking = true;
                self.spawn(None, work::approvals(self.store.clone(), names));
            }
        }
    }

    pub(super) fn spawn(&mut self, owner: Option<&str>, work: impl Future<Output = Done> + Send + 'static) {
        let id = self.tasks.spawn(work).id();
        self.owners.insert(id, owner.map(str::to_owned));
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Stop => {}
            Message::Uses(uses) => self.set_uses(uses),
            Message::Rescan => {
                for plugin in self.plugins.values_mut() {
                    if matches!(plugin.candidate, Some(Candidate::Out(_))) {
                        plugin.again = true;
                        plugin.handled = None;
                    }
                    plugin.no_copy = false;
                }
                self.look_soon();
            }
            Message::Ended {
                source,
                connector,
                digest,
                end,
                done,
            } => {
                self.pass_ended(&connector, &source, &digest, &end);
                // Who does not wait needs no answer.
                let _ = done.send(());
            }
        }
    }

    fn set_uses(&mut self, uses: Vec<Use>) {
        let of = |uses: &[Use], name: &str| fingerprint(uses.iter().filter(|usage| usage.connector == name));
        for (name, plugin) in &mut self.plugins {
            if of(&self.uses, name) != of(&uses, name) && plugin.candidate.is_some() {
                if matches!(plugin.candidate, Some(Candidate::Held { .. })) {
                    plugin.candidate = None;
                }
                plugin.handled = None;
            }
        }
        self.uses = uses;
        for (name, plugin) in &mut self.plugins {
            plugin.settle(sources(&self.uses, name));
        }
        self.look_soon();
    }

    pub(super) fn fingerprint(&self, name: &str) -> String {
        fingerprint(self.uses.iter().filter(|usage| usage.connector == name))
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Looked(listing, watching) => {
                self.looking = false;
                self.looked = true;
                if !watching {
                    self.next_look = self.next_look.min(self.last_look + POLL);
                }
                self.saw(listing);
            }
            Done::Read(name, identity, read, place) => {
                self.idle(&name);
                self.file_read(&name, identity, read, place);
            }
            Done::Checked(checked) => {
                self.idle(&checked.name);
                self.file_checked(*checked);
            }
            Done::Loaded(name, digest, loaded) => {
                self.idle(&name);
                self.copy_loaded(&name, &digest, loaded);
            }
            Done::Kept(name, digest, kept) => {
                self.keeping = self.keeping.saturating_sub(1);
                self.copy_kept(&name, &digest, kept);
            }
            Done::Approved(approved) => {
                self.asking = false;
                for (name, json) in approved {
                    self.approved(&name, json.as_deref());
                }
            }
        }
    }

    /// A connector has nothing under way any more. What its file is now is looked at again.
    fn idle(&mut self, name: &str) {
        if let Some(plugin) = self.plugins.get_mut(name) {
            plugin.busy = false;
        }
        self.look_soon();
    }

    /// A task panicked: that is a defect of ours, and costs the one connector that it worked for.
    fn broke(&mut self, error: &JoinError) {
        tracing::error!(target: LOG, "a defect of the collector: {error}");
        match self.owners.remove(&error.id()).flatten() {
            Some(name) => {
                self.idle(&name);
                self.check_broke(&name);
            }
            None => {
                self.looking = false;
                self.asking = false;
            }
        }
    }

    fn saw(&mut self, listing: io::Result<Listing>) {
        let listing = match listing {
            Ok(listing) => listing,
            Err(error) => {
                if !self.blind {
                    tracing::warn!(target: LOG, "the plugin directory {} cannot be read ({error}); what is loaded goes on",
                        self.shared.directory.display());
                }
                self.blind = true;
                self.load_copies();
                return;
            }
        };
        self.blind = false;
        let now = Instant::now();
        for name in listing.keys() {
            if !self.plugins.contains_key(name) {
                let record = ConnectorRecord {
                    name: name.clone(),
                    ..ConnectorRecord::default()
                };
                self.plugins.insert(name.clone(), Plugin::new(record));
            }
        }
        // Connectors that no source uses do not keep those waiting that one does.
        let first = self.awaited(true);
        let used: BTreeSet<&str> = self.uses.iter().map(|usage| usage.connector.as_str()).collect();
        let mut due = Vec::new();
        for (name, plugin) in &mut self.plugins {
            // What cannot be told is taken for unchanged: a share that has hiccups unloads nothing.
            let file = listing.get(name).and_then(|file| file.or(plugin.file));
            if plugin.file != file {
                plugin.file = file;
                plugin.since = now;
                plugin.doubt = None;
                plugin.retry = None;
            }
            if first && !used.contains(name.as_str()) {
                continue;
            }
            if plugin.retry.is_some_and(|retry| retry <= now) {
                plugin.retry = None;
                plugin.handled = None;
            }
            let quiet = if self.hurry { Duration::ZERO } else { QUIET };
            let at = if plugin.busy {
                continue;
            } else if plugin.unhandled() {
                plugin.since + quiet
            } else if plugin.doubt.is_some() {
                plugin.since + SETTLED
            } else {
                continue;
            };
            if at <= now {
                due.push(name.clone());
            } else {
                self.next_look = self.next_look.min(at);
            }
        }
        for name in due {
            self.deal_with(&name);
        }
    }
}
