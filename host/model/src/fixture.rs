//! A meeting and a change, for tests.

use crate::change::{Change, ChangeKind, What};
use crate::meeting::{Meeting, Status, Subject};

/// A confirmed meeting from one UTC second to another.
pub fn meeting(id: &str, start: i64, end: i64) -> Meeting {
    Meeting {
        id: id.to_owned(),
        series: None,
        subject: Subject::Text("Weekly sync".into()),
        start,
        end,
        all_day: false,
        status: Status::Confirmed,
    }
}

/// A change with this number, which adds a meeting.
pub fn change(number: i64) -> Change {
    let meeting = meeting(&format!("AAMk{number}"), 1_773_136_800, 1_773_140_400);
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
