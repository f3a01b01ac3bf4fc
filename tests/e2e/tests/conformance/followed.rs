//! A source of one room that asks first what changed, for the cases of [`crate::changes`].

use e2e::{Ended, Source, Workplace};
use graph_sim::{Event, Simulator, Tenant};

use crate::setting::{ROOM, workplace};

/// A source that asks first what changed, after the two passes that it takes until it can.
pub(crate) struct Followed {
    pub(crate) simulator: Simulator,
    pub(crate) workplace: Workplace,
}

impl Followed {
    pub(crate) fn new(tenant: Tenant) -> Self {
        let simulator = Simulator::start(tenant).unwrap();
        let workplace = workplace(&Source::contoso(&simulator).switched_on("changes-only"));
        let followed = Self { simulator, workplace };
        followed.pass();
        followed.pass();
        followed.simulator.forget_requests();
        followed
    }

    /// A pass that must end well.
    pub(crate) fn pass(&self) -> Ended {
        let ended = self.workplace.collect(&[]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended
    }

    /// The same over a week that begins then.
    pub(crate) fn pass_from(&self, from: &str, to: &str) -> Ended {
        let ended = self.workplace.collect_between(from, to, &[]).unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended
    }

    /// Changes the events of the one room.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<Event>)) {
        self.simulator
            .update(|tenant| {
                change(tenant.room_mut(ROOM)?.events_mut());
                Ok(())
            })
            .unwrap();
    }

    /// How often calendars were read, and how often it was asked what changed, since the passes before.
    pub(crate) fn asked(&self) -> (usize, usize) {
        let requests = self.simulator.requests_to("calendarView");
        let changes = requests
            .iter()
            .filter(|request| request.decoded().to_lowercase().contains("calendarview/delta"));
        let changes = changes.count();
        (requests.len() - changes, changes)
    }

    pub(crate) fn holds_nowhere(&self, subject: &str) {
        for (file, content) in self.workplace.data().unwrap() {
            let text = String::from_utf8_lossy(&content);
            assert!(!text.contains(subject), "{}", file.display());
        }
    }
}
