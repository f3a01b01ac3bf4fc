//! A change for the tests of sinks.

use collector_model::change::{Change, ChangeKind};

pub(crate) fn change(number: i64) -> Change {
    Change {
        store: "5f0c".into(),
        number,
        kind: ChangeKind::Added,
        at: 1_773_136_800,
        source: "contoso".into(),
        room: "conf-a@contoso.com".into(),
        room_name: "Conf A".into(),
        id: format!("AAMk{number}"),
        series: None,
        subject: Some("Weekly sync".into()),
        withheld: false,
        start: 1_773_136_800,
        end: 1_773_140_400,
        all_day: false,
        status: "confirmed".into(),
    }
}
