//! A change for the tests of sinks.

use crate::change::{Change, ChangeKind, What};
use crate::meeting::{Meeting, Status, Subject};

/// A change with this number, which adds a meeting.
pub fn change(number: i64) -> Change {
    let meeting = Meeting {
        id: format!("AAMk{number}"),
        series: None,
        subject: Subject::Text("Weekly sync".into()),
        start: 1_773_136_800,
        end: 1_773_140_400,
        all_day: false,
        status: Status::Confirmed,
    };
    Change {
        store: "5f0c".into(),
        number,
        at: 1_773_136_800,
        source: "contoso".into(),
        room: "conf-a@contoso.com".into(),
        room_name: "Conf A".into(),
        room_number: 1,
        what: What::Meeting(ChangeKind::Added, meeting),
    }
}

/// The change with an edited meeting.
pub fn with(mut change: Change, edit: impl FnOnce(&mut Meeting)) -> Change {
    if let What::Meeting(_, meeting) = &mut change.what {
        edit(meeting);
    }
    change
}
