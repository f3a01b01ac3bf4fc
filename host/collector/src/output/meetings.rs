//! Meetings as they are printed: as a table for people, or as records in the form of the contract.

use std::io::{self, Write};

use collector_model::json::MeetingLine;
use collector_model::meeting::MeetingRow;

use super::records::Records;
use super::{Format, MeetingsTable};

/// The keys of the contract, in its order.
const COLUMNS: [&str; 11] = [
    "source",
    "room",
    "room_name",
    "id",
    "series",
    "subject",
    "withheld",
    "start",
    "end",
    "all_day",
    "status",
];

/// Prints meetings in the given order.
pub enum Meetings<W: Write> {
    /// For people.
    Table(MeetingsTable<W>),
    /// For programs.
    Records(Records<W>),
}

impl<W: Write> Meetings<W> {
    /// `several` tells whether the meetings are of several sources, which the table then names.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(format: Format, several: bool, out: W) -> io::Result<Self> {
        Ok(match format.records() {
            None => Self::Table(MeetingsTable::new(several, out)),
            Some(form) => Self::Records(Records::new(form, &COLUMNS, out)?),
        })
    }

    /// Prints a meeting.
    ///
    /// # Errors
    /// The writer's.
    pub fn add(&mut self, row: MeetingRow) -> io::Result<()> {
        match self {
            Self::Table(table) => table.add(row),
            Self::Records(records) => records.add(&line(&row)),
        }
    }

    /// Ends the output; a table tells if there are no meetings, and of which sources nobody knows.
    ///
    /// # Errors
    /// The writer's.
    pub fn end(self, unread: &[&str]) -> io::Result<()> {
        match self {
            Self::Table(table) => table.end(unread),
            Self::Records(records) => records.end(),
        }
    }
}

fn line(row: &MeetingRow) -> MeetingLine<'_> {
    MeetingLine::of(&row.source, &row.room, &row.room_name, &row.meeting)
}

#[cfg(test)]
mod tests {
    use collector_model::meeting::{Meeting, Status, Subject};

    use super::*;

    fn row(subject: Subject) -> MeetingRow {
        MeetingRow {
            source: "contoso".into(),
            room: "conf-a@contoso.com".into(),
            room_name: "Conf A".into(),
            meeting: Meeting {
                id: "AAMk".into(),
                series: None,
                subject,
                start: 1_773_136_800,
                end: 1_773_140_400,
                all_day: false,
                status: Status::Confirmed,
            },
        }
    }

    fn line(row: &MeetingRow) -> String {
        let mut out = Vec::new();
        let mut meetings = Meetings::new(Format::Jsonl, false, &mut out).unwrap();
        meetings.add(row.clone()).unwrap();
        meetings.end(&[]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_that_of_the_contract() {
        assert_eq!(
            line(&row(Subject::Text("Weekly sync".into()))),
            "{\"source\":\"contoso\",\"room\":\"conf-a@contoso.com\",\"room_name\":\"Conf A\",\"id\":\"AAMk\",\"series\":null,\
             \"subject\":\"Weekly sync\",\"withheld\":false,\"start\":\"2026-03-10T10:00:00Z\",\"end\":\"2026-03-10T11:00:00Z\",\
             \"all_day\":false,\"status\":\"confirmed\"}\n"
        );
    }

    #[test]
    fn a_withheld_subject_is_null_and_told_from_none() {
        assert!(line(&row(Subject::Withheld)).contains("\"subject\":null,\"withheld\":true"));
        for none in [Subject::None, Subject::Text(String::new())] {
            assert!(line(&row(none)).contains("\"subject\":null,\"withheld\":false"));
        }
    }

    #[test]
    fn what_steers_a_terminal_or_turns_text_around_is_escaped_and_reads_as_it_was() {
        let subject = "a\u{7f}b\u{9b}c\u{85}d\u{202e}e\u{2028}f\u{2029}g\u{2066}h\u{feff}i \"ü\\会\u{1f600}";
        let line = line(&row(Subject::Text(subject.into())));
        let expected =
            r#""subject":"a\u007fb\u009bc\u0085d\u202ee\u2028f\u2029g\u2066h\ufeffi \"ü\\会😀","withheld""#;
        assert!(line.contains(expected), "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["subject"], subject);
    }

    #[test]
    fn a_series_and_a_subject_with_line_ends_stay_on_one_line() {
        let mut row = row(Subject::Text("one\ntwo\u{1b}[31m\u{2028}".into()));
        row.meeting.series = Some("AAMk-series".into());
        row.meeting.status = Status::Cancelled;
        let line = line(&row);
        assert_eq!(line.lines().count(), 1);
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["subject"], "one\ntwo\u{1b}[31m\u{2028}");
        assert_eq!(read["series"], "AAMk-series");
        assert_eq!(read["status"], "cancelled");
    }

    #[test]
    fn csv_has_the_columns_of_the_contract() {
        let mut out = Vec::new();
        let mut meetings = Meetings::new(Format::Csv, false, &mut out).unwrap();
        meetings.add(row(Subject::Text("=1+1, \"sync\"".into()))).unwrap();
        meetings.add(row(Subject::Withheld)).unwrap();
        meetings.end(&[]).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "source,room,room_name,id,series,subject,withheld,start,end,all_day,status\n\
             contoso,conf-a@contoso.com,Conf A,AAMk,,\"'=1+1, \"\"sync\"\"\",false,2026-03-10T10:00:00Z,2026-03-10T11:00:00Z,false,confirmed\n\
             contoso,conf-a@contoso.com,Conf A,AAMk,,,true,2026-03-10T10:00:00Z,2026-03-10T11:00:00Z,false,confirmed\n"
        );
    }
}
