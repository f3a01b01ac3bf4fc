//! A reading as data: a tenant, what goes wrong, what is asked for, and what must come out. The collector is asked here; other
//! clients are in [`crate::client`].

use e2e::{Ended, Source};
use graph_sim::{Rule, Simulator, Tenant};

use crate::setting::workplace;

/// A reading.
pub(crate) struct Scenario {
    pub(crate) tenant: Tenant,
    pub(crate) faults: Vec<Rule>,
    pub(crate) ask: Ask,
    /// The window of a calendar.
    pub(crate) window: (String, String),
    expected: Expected,
    /// Why other clients are not asked, when it would be unfair; it stands in the document.
    not_for_others: Option<&'static str>,
}

/// What is asked for.
pub(crate) enum Ask {
    /// The meetings of the tenant's one room, by its address.
    Calendar(String),
    /// The same by change tracking: a whole round.
    Changes(String),
    /// Every room of the tenant.
    Rooms,
    /// The rooms of this list.
    RoomsOf(String),
}

/// What must come out.
pub(crate) enum Expected {
    /// These, in any order: `START/END SUBJECT` with `-` for no subject, or an address.
    Items(Vec<String>),
    /// Nothing, and these words in an error: a part would be taken for the whole.
    Failure(&'static str),
}

impl Scenario {
    /// The calendar of the tenant's one room, over the week from Monday, 9 March 2026.
    pub(crate) fn calendar(tenant: Tenant) -> Self {
        let room = tenant.rooms()[0].address().to_owned();
        Self::new(tenant, Ask::Calendar(room))
    }

    /// The same by change tracking.
    pub(crate) fn changes(tenant: Tenant) -> Self {
        let room = tenant.rooms()[0].address().to_owned();
        Self::new(tenant, Ask::Changes(room))
    }

    /// Every room of the tenant.
    pub(crate) fn rooms(tenant: Tenant) -> Self {
        Self::new(tenant, Ask::Rooms)
    }

    /// The rooms of a list.
    pub(crate) fn rooms_of(tenant: Tenant, list: &str) -> Self {
        Self::new(tenant, Ask::RoomsOf(list.to_owned()))
    }

    fn new(tenant: Tenant, ask: Ask) -> Self {
        Self {
            tenant,
            faults: Vec::new(),
            ask,
            window: ("2026-03-09T00:00:00Z".into(), "2026-03-16T00:00:00Z".into()),
            expected: Expected::Items(Vec::new()),
            not_for_others: None,
        }
    }

    pub(crate) fn between(mut self, from: &str, to: &str) -> Self {
        self.window = (from.to_owned(), to.to_owned());
        self
    }

    /// What goes wrong. Rules must fit requests inside and outside of batches: clients differ in this.
    pub(crate) fn faults(mut self, faults: impl IntoIterator<Item = Rule>) -> Self {
        self.faults.extend(faults);
        self
    }

    pub(crate) fn yields<T: Into<String>>(mut self, items: impl IntoIterator<Item = T>) -> Self {
        self.expected = Expected::Items(items.into_iter().map(Into::into).collect());
        self
    }

    /// An error that holds these words, and no item.
    pub(crate) fn fails(mut self, words: &'static str) -> Self {
        self.expected = Expected::Failure(words);
        self
    }

    /// Other clients are not asked.
    pub(crate) fn not_for_others(mut self, reason: &'static str) -> Self {
        self.not_for_others = Some(reason);
        self
    }

    /// What is expected of other clients, or why they are not asked.
    pub(crate) fn of_others(&self) -> Result<&Expected, &'static str> {
        self.not_for_others.map_or(Ok(&self.expected), Err)
    }

    /// A simulator of its own with all that goes wrong.
    pub(crate) fn start(&self) -> Simulator {
        let simulator = Simulator::start(self.tenant.clone()).unwrap();
        self.faults
            .iter()
            .cloned()
            .for_each(|rule| simulator.inject(rule));
        simulator
    }

    /// Reads it with the collector.
    ///
    /// # Panics
    /// Something else comes out.
    pub(crate) fn check(&self) {
        let simulator = self.start();
        let source = Source::contoso(&simulator);
        let (from, to) = &self.window;
        let ended = match &self.ask {
            Ask::Calendar(_) => workplace(&source).collect_between(from, to, &[]),
            Ask::Changes(_) => {
                let workplace = workplace(&source.switched_on("changes-only"));
                // It asks what changed from the second pass on, and has something to compare with in the third.
                for _ in 0..2 {
                    let ended = workplace.collect_between(from, to, &[]).unwrap();
                    assert_eq!(ended.code, 0, "{}", ended.stderr);
                }
                workplace.collect_between(from, to, &[])
            }
            Ask::Rooms => workplace(&source).run(&["rooms"]),
            Ask::RoomsOf(list) => workplace(&source.lists(list)).run(&["rooms"]),
        };
        let ended = ended.unwrap();
        match &self.expected {
            Expected::Items(expected) => {
                assert_eq!(ended.code, 0, "{}", ended.stderr);
                let difference = Difference::between(expected, &self.found(&ended));
                assert!(difference.is_nothing(), "{difference:#?}\n{}", ended.stderr);
            }
            Expected::Failure(words) => {
                assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{}", ended.stderr);
                assert!(
                    ended.stderr.contains(words),
                    "{words:?} is not said: {}",
                    ended.stderr
                );
            }
        }
    }

    fn found(&self, ended: &Ended) -> Vec<String> {
        match self.ask {
            Ask::Calendar(_) | Ask::Changes(_) => spans(ended),
            Ask::Rooms | Ask::RoomsOf(_) => addresses(&ended.stdout),
        }
    }
}

/// Start, end and subject of each meeting of a pass that ended well.
pub(crate) fn spans(ended: &Ended) -> Vec<String> {
    let text = |meeting: &serde_json::Value, key: &str| meeting[key].as_str().unwrap_or("-").to_owned();
    let meetings = ended.meetings(0).unwrap();
    meetings
        .iter()
        .map(|m| format!("{}/{} {}", text(m, "start"), text(m, "end"), text(m, "subject")))
        .collect()
}

/// The addresses in the first column of a table.
pub(crate) fn addresses(table: &str) -> Vec<String> {
    table
        .lines()
        .filter_map(|line| line.split_whitespace().next().filter(|word| word.contains('@')))
        .map(str::to_owned)
        .collect()
}

/// In what two lists differ, whatever their order. An item that comes twice is one item too many.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) missing: Vec<String>,
    pub(crate) unexpected: Vec<String>,
}

impl Difference {
    pub(crate) fn between(expected: &[String], found: &[String]) -> Self {
        let mut missing = expected.to_vec();
        let mut unexpected = Vec::new();
        for item in found {
            match missing.iter().position(|known| known == item) {
                Some(at) => drop(missing.swap_remove(at)),
                None => unexpected.push(item.clone()),
            }
        }
        Self { missing, unexpected }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty()
    }
}
