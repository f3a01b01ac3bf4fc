//! The state machine in a world of values: in whatever order events happen, the forbidden states never occur, and once all is quiet, the
//! right version serves.

use std::collections::{BTreeMap, BTreeSet};

use collector_store::{ConnectorRecord, PassRecord, RoomCounts, VersionRecord, VersionState};
use proptest::prelude::*;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::connectors::permissions::Permissions;

/// What a file turns out to be, by the first letter of its digest.
const FILES: [&str; 6] = ["fine-1", "fine-2", "fine-3", "refused", "wants-more", "half"];
const QUIET: Duration = Duration::from_millis(150);

/// The world around the machine: the directory, the clock, work in progress, the store and the copies.
struct World {
    state: State,
    uptime: Duration,
    /// The file by its digest, and how often it was written.
    file: Option<&'static str>,
    writes: u64,
    uses: Arc<[Use]>,
    /// Reads (with what they will find), checks, loads and copies.
    under_way: Vec<(Effect, Option<&'static str>)>,
    record: Option<ConnectorRecord>,
    versions: BTreeMap<String, VersionRecord>,
    /// The file whose read or check ended in a defect, until something makes the machine try again.
    given_up: Option<Option<Identity>>,
    rolled_back: BTreeSet<String>,
    copies: BTreeSet<String>,
}

#[derive(Debug, Clone)]
enum Action {
    Put(usize),
    Remove,
    Look,
    Blind,
    Wait(u64),
    /// A while passes in which all goes well.
    Calm,
    /// Some work in progress ends, by its number, well or badly.
    End(usize, bool),
    Break(usize),
    Pass(bool, usize, u8),
    /// The approvals are looked up, after someone approved everything or nothing.
    Approve(bool),
    TryAgain,
    Settings(u8),
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (0..FILES.len()).prop_map(Action::Put),
        1 => Just(Action::Remove),
        6 => Just(Action::Look),
        1 => Just(Action::Blind),
        6 => prop_oneof![Just(20), Just(200), Just(1_100), Just(31_000)].prop_map(Action::Wait),
        8 => Just(Action::Calm),
        10 => (0..3_usize, proptest::bool::weighted(0.9)).prop_map(|(number, well)| Action::End(number, well)),
        1 => (0..3_usize).prop_map(Action::Break),
        5 => (any::<bool>(), 0..FILES.len(), 0..3_u8).prop_map(|(a, of, end)| Action::Pass(a, of, end)),
        2 => any::<bool>().prop_map(Action::Approve),
        1 => Just(Action::TryAgain),
        1 => (0..3_u8).prop_map(Action::Settings),
        1 => Just(Action::Restart),
    ]
}

fn uses(settings: u8) -> Arc<[Use]> {
    let usage = |source: &str| Use {
        source: source.into(),
        connector: "x".into(),
        settings: serde_json::json!({ "number": settings }),
    };
    [usage("a"), usage("b")].into()
}

fn wants(digest: &str) -> Permissions {
    let hosts = (digest == "wants-more").then(|| "https://more.example".to_owned());
    Permissions {
        hosts: hosts.into_iter().collect(),
        ..Permissions::default()
    }
}

impl World {
    fn new() -> Self {
        Self {
            state: State::new("x", uses(0)),
            uptime: Duration::ZERO,
            file: None,
            writes: 0,
            uses: uses(0),
            under_way: Vec::new(),
            record: None,
            versions: BTreeMap::new(),
            given_up: None,
            rolled_back: BTreeSet::new(),
            copies: BTreeSet::new(),
        }
    }

    fn identity(&self) -> Option<Identity> {
        self.file.map(|_| Identity {
            size: self.writes,
            modified: None,
            #[cfg(unix)]
            node: (0, 0, 0, 0),
        })
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Put(number) => {
                self.file = Some(FILES[number]);
                self.writes += 1;
            }
            Action::Remove => self.file = None,
            Action::Look => self.look(),
            Action::Blind => self.happens(Event::Blind),
            Action::Wait(milliseconds) => self.uptime += Duration::from_millis(milliseconds),
            Action::Calm => self.calm(Duration::from_millis(200)),
            Action::End(number, well) => {
                if number < self.under_way.len() {
                    let (work, found) = self.under_way.remove(number);
                    self.end(work, found, well);
                }
            }
            Action::Break(number) => {
                let breaks = |(work, _): &(Effect, _)| !matches!(work, Effect::WriteCopy(..));
                if self.under_way.get(number).is_some_and(breaks) {
                    self.under_way.remove(number);
                    self.happens(Event::Broken);
                }
            }
            Action::Pass(a, number, end) => {
                let end = match end {
                    0 => End::Worked,
                    1 => End::FailedWhole("nothing came".into()),
                    _ => End::Stopped("it trapped".into()),
                };
                // Mostly with the serving version, sometimes with one that served before.
                let serving = self.state.serving_digest().filter(|_| number > 0);
                let digest = serving.unwrap_or(FILES[number]).to_owned();
                let source = if a { "a" } else { "b" };
                self.happens(Event::PassEnded(source.into(), digest, end));
            }
            Action::Approve(all) => {
                if let Some(record) = &mut self.record
                    && let Some(approved) = &mut record.approved
                {
                    if all {
                        *approved = wants("wants-more").json();
                    }
                    let approved = approved.clone();
                    self.happens(Event::Approved(approved));
                }
            }
            Action::TryAgain => self.happens(Event::TryAgain),
            Action::Settings(number) => {
                self.uses = uses(number);
                self.happens(Event::Uses(Arc::clone(&self.uses)));
            }
            Action::Restart => {
                self.under_way.clear();
                let uses = Arc::clone(&self.uses);
                self.state = match &self.record {
                    None => State::new("x", uses),
                    Some(record) => {
                        let named = [&record.good, &record.before];
                        self.copies.retain(|copy| named.contains(&&Some(copy.clone())));
                        let versions = self.versions.values().cloned().collect();
                        State::stored(record.clone(), versions, &[], uses)
                    }
                };
            }
        }
    }

    fn look(&mut self) {
        let file = self.identity().map(Some);
        self.happens(Event::Looked {
            file,
            quiet: QUIET,
            later: false,
        });
    }

    fn end(&mut self, work: Effect, found: Option<&'static str>, well: bool) {
        let no_room = || Refusal {
            certainty: Certainty::Nothing,
            ..Refusal::of("no room".into())
        };
        match work {
            Effect::Read(identity) => {
                let read = match found {
                    Some(digest) if well && self.identity() == Some(identity) => Ok(digest.to_owned()),
                    _ if well => Err(Unread::Changed),
                    _ => Err(Unread::Failed("it cannot be read".into())),
                };
                self.happens(Event::FileRead(identity, read));
            }
            Effect::Check(digest, against, _) => {
                let checked = match digest.as_str() {
                    _ if !well => Err(no_room()),
                    "refused" => Err(Refusal::of("it is bad".into())),
                    "half" => Err(Refusal {
                        certainty: Certainty::Doubtful,
                        ..Refusal::of("it is half".into())
                    }),
                    digest => Ok((digest.to_owned(), wants(digest))),
                };
                self.happens(Event::FileChecked(digest, against, checked));
            }
            Effect::LoadCopy(digest) => {
                assert!(self.copies.contains(&digest), "there is no copy of {digest}");
                let loaded = if well {
                    Ok((digest.clone(), wants(&digest)))
                } else {
                    Err(no_room())
                };
                self.happens(Event::CopyLoaded(digest, loaded));
            }
            Effect::WriteCopy(digest, remove) => {
                let written = if well {
                    self.copies.insert(digest.clone());
                    if let Some(remove) = remove {
                        self.copies.remove(&remove);
                    }
                    Ok(())
                } else {
                    Err("the disk is full".into())
                };
                self.happens(Event::CopyWritten(digest, written));
            }
            other => panic!("{other:?} is not done beside"),
        }
    }

    /// An event, and what must hold after each one.
    fn happens(&mut self, event: Event) {
        let now = Now {
            uptime: self.uptime,
            unix: i64::try_from(self.uptime.as_secs()).unwrap(),
        };
        let may_check = matches!(event, Event::FileRead(..));
        let before = self.state.clone();
        let (state, effects) = next(&before, event.clone(), now);
        assert_eq!(self.state, before, "a state is a value");
        self.state = state;
        if self.state.handled.is_none() {
            self.given_up = None;
        }
        for effect in effects {
            match effect {
                Effect::Read(_) => self.under_way.push((effect, self.file)),
                Effect::Check(..) => {
                    assert!(may_check, "only what was just read is there to be checked");
                    self.under_way.push((effect, None));
                }
                Effect::LoadCopy(_) => self.under_way.push((effect, None)),
                Effect::WriteCopy(ref digest, ref remove) => {
                    assert!(self.state.needs_bytes(digest), "the bytes of {digest} are gone");
                    assert_ne!(remove.as_ref(), Some(digest));
                    self.under_way.push((effect, None));
                }
                Effect::Store(change) => {
                    // As the store does: it leaves approved permissions alone.
                    let approved = self.record.take().and_then(|record| record.approved);
                    self.record = Some(ConnectorRecord {
                        approved: approved.or(change.connector.approved.clone()),
                        ..change.connector
                    });
                    for version in change.versions {
                        self.versions.insert(version.digest.clone(), version);
                    }
                    if let Some(event) = change.event {
                        assert!(EVENTS.contains(&event.kind.as_str()));
                        if event.kind == "activated" {
                            assert_ne!(before.serving_digest(), event.digest.as_deref());
                        }
                        match (event.kind.as_str(), event.digest) {
                            ("rolled-back", digest) => {
                                self.rolled_back.insert(digest.unwrap());
                            }
                            ("refused", None) => self.given_up = self.state.handled,
                            _ => {}
                        }
                    }
                }
                Effect::LookBy(at) => assert!(at >= self.uptime),
                Effect::Log(_) => {}
            }
        }
        self.must_be_sound(&event);
    }

    fn must_be_sound(&self, event: &Event) {
        let state = &self.state;
        let alone = self
            .under_way
            .iter()
            .filter(|(work, _)| !matches!(work, Effect::WriteCopy(..)))
            .count();
        assert_eq!(alone, usize::from(state.busy), "one thing at a time: {event:?}");
        if let Some(record) = &self.record {
            let stored = ConnectorRecord {
                approved: state.record.approved.clone(),
                ..record.clone()
            };
            assert_eq!(stored, state.record, "a restart knows what is known: {event:?}");
            assert_eq!(self.versions, state.versions, "{event:?}");
        } else {
            assert_eq!(state.record, State::new("x", uses(0)).record, "{event:?}");
        }
        if let Some(good) = &state.record.good {
            assert!(self.copies.contains(good), "there is a copy of {good}: {event:?}");
        }
        let Some(serving) = &state.serving else { return };
        let digest = &serving.digest;
        assert_eq!(state.answer(), Answer::Serves(digest.clone()));
        assert_eq!(state.record.current.as_ref(), Some(digest));
        assert!(state.needs(digest));
        let known = state.version_state(digest);
        assert!(
            matches!(known, Some(VersionState::Trial | VersionState::Good)),
            "{digest} serves and is {known:?}: {event:?}"
        );
        assert!(!matches!(digest.as_str(), "refused" | "half"));
        assert!(
            !self.rolled_back.contains(digest),
            "{digest} was rolled back: {event:?}"
        );
        let approved = Permissions::read(state.record.approved.as_ref().unwrap());
        assert!(
            wants(digest).beyond(&approved).is_empty(),
            "{digest} was approved: {event:?}"
        );
        if let Some(before) = &serving.before {
            assert_ne!(before.digest, *digest, "{event:?}");
            assert_eq!(before.before, None);
            assert!(state.needs(&before.digest));
        }
    }

    /// All work in progress ends well, with its consequences; the file has been the same for a while.
    fn calm(&mut self, pause: Duration) {
        for _ in 0..4 {
            self.look();
            self.uptime += pause;
            self.look();
            while let Some((work, found)) = self.under_way.pop() {
                self.end(work, found, true);
            }
        }
    }

    /// What must hold once all is quiet.
    fn must_be_settled(&self) {
        let state = &self.state;
        assert!(!state.busy && !state.unhandled() && state.doubt.is_none());
        let became = |digest: &str| state.version_state(digest);
        let Some(file) = self.file else {
            assert_eq!(state.answer(), Answer::NoFile);
            assert_eq!((&state.record.file, &state.record.current), (&None, &None));
            return;
        };
        match state.answer() {
            Answer::Serves(digest) if digest == file => {}
            // It is not tried again by itself.
            _ if self.given_up == Some(self.identity()) => {}
            Answer::Serves(_) | Answer::Unused(_) => assert!(matches!(
                became(file),
                Some(VersionState::Refused | VersionState::RolledBack | VersionState::Held)
            )),
            Answer::Held(more) => assert_eq!((file, more), ("wants-more", wants(file))),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_what_must_not_be_never_is(actions in proptest::collection::vec(action(), 1..100)) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.calm(Duration::from_secs(31));
        world.must_be_settled();
    }
}

#[test]
fn a_file_that_could_not_be_read_is_left_alone_though_the_version_before_it_is_proved() {
    let mut world = World::new();
    for action in [
        Action::Put(0),
        Action::Calm,
        Action::Put(1),
        Action::Look,
        Action::Wait(200),
        Action::Look,
        Action::Break(0),
        Action::Pass(true, 1, 0),
    ] {
        world.act(action);
    }
    world.calm(Duration::from_secs(31));
    world.must_be_settled();
    assert_eq!(world.state.answer(), Answer::Serves("fine-1".into()));
}

#[test]
fn a_pass_that_failed_before_a_restart_is_not_the_fault_of_what_comes_after_it() {
    let record = ConnectorRecord {
        name: "x".into(),
        ..ConnectorRecord::default()
    };
    let version = |digest: &str, state| VersionRecord {
        connector: "x".into(),
        digest: digest.into(),
        version: String::new(),
        state,
        cause: None,
        wants: None,
        checked: None,
        at: 0,
    };
    let pass = |source: &str, digest: &str, verdict: &str| PassRecord {
        source: source.into(),
        connector: "x".into(),
        digest: digest.into(),
        verdict: verdict.into(),
        begun_at: 0,
        ended_at: 0,
        problem: None,
        success_at: None,
        version: String::new(),
        rooms: RoomCounts::default(),
    };
    let versions = vec![
        version("1", VersionState::Good),
        version("2", VersionState::RolledBack),
    ];
    let passes = [
        pass("a", "1", "nothing"),
        pass("b", "1", "complete"),
        pass("c", "2", "failed"),
        pass("d", "", "failed"),
    ];
    let state = State::stored(record, versions, &passes, uses(0));
    let expected = [
        ("a".to_owned(), state::Ending::FailedWhole),
        ("b".to_owned(), state::Ending::Worked),
    ];
    assert_eq!(state.last, BTreeMap::from(expected));
}
