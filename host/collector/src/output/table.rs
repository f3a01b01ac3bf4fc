//! Tables for people. Foreign text is made harmless. On a terminal a table fits its width.

use std::io::{self, IsTerminal as _, Write};

use chrono::DateTime;
use collector_model::meeting::{Meeting, MeetingRow, Status, Subject};
use collector_model::room::Room;
use collector_model::text::{plain, shorten};
use comfy_table::{ContentArrangement, LineStyle, Table, presets};

use super::counted;

/// The most columns of a subject or a name, so that one long text does not make the table unreadable.
const LONGEST_TEXT: usize = 48;
/// The most columns of a cause with its advice.
const LONGEST_CELL: usize = 300;

/// The most meetings of one table. Column widths follow from all rows, so the rows are held until the table is printed.
const ROWS: usize = 1_000;

/// Prints meetings in the given order. To bound memory, a great many come in several tables, each with its header.
pub struct MeetingsTable<W> {
    out: W,
    /// Whether there is a column for the source.
    several: bool,
    rows: Vec<MeetingRow>,
    begun: bool,
}

impl<W: Write> MeetingsTable<W> {
    /// A table of several sources, or of one that need not be named.
    pub fn new(several: bool, out: W) -> Self {
        Self {
            out,
            several,
            rows: Vec::new(),
            begun: false,
        }
    }

    /// Adds a meeting.
    ///
    /// # Errors
    /// The writer's.
    pub fn add(&mut self, row: MeetingRow) -> io::Result<()> {
        if self.rows.len() >= ROWS {
            self.print()?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// Prints the remaining rows, or that there are no meetings. `unread` are the sources about which nobody can say that.
    ///
    /// # Errors
    /// The writer's.
    pub fn end(mut self, unread: &[&str]) -> io::Result<()> {
        if self.rows.is_empty() {
            write!(self.out, "no meetings in the window")?;
            if !unread.is_empty() {
                write!(self.out, "; not collected: {}", plain(&unread.join(", ")))?;
            }
            writeln!(self.out)?;
        } else {
            self.print()?;
        }
        self.out.flush()
    }

    fn print(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            writeln!(self.out)?;
        }
        let rows = std::mem::take(&mut self.rows);
        meetings_table(&rows, self.several, &mut self.out)
    }
}

fn meetings_table(rows: &[MeetingRow], several: bool, mut out: impl Write) -> io::Result<()> {
    let mut table = empty();
    let mut header = vec!["Room", "Start (UTC)", "End (UTC)", "Subject", "Status"];
    if several {
        header.insert(0, "Source");
    }
    table.set_header(header);
    let mut before: Option<&MeetingRow> = None;
    for row in rows {
        // A room's name is printed once, at its first meeting.
        let same = before.is_some_and(|before| before.source == row.source && before.room == row.room);
        let name = if row.room_name.is_empty() {
            &row.room
        } else {
            &row.room_name
        };
        let meeting = &row.meeting;
        let mut cells = vec![
            if same { String::new() } else { text(name) },
            start(meeting),
            end(meeting),
            subject(&meeting.subject),
            status(meeting.status).to_owned(),
        ];
        if several {
            cells.insert(0, if same { String::new() } else { text(&row.source) });
        }
        table.add_row(cells);
        before = Some(row);
    }
    print(&table, &mut out)
}

/// Prints the rooms of a source.
///
/// # Errors
/// The writer's.
pub fn rooms_table(source: &str, rooms: &[Room], mut out: impl Write) -> io::Result<()> {
    writeln!(out, "{}: {}", text(source), counted(rooms.len() as u64, "room"))?;
    if rooms.is_empty() {
        return Ok(());
    }
    let mut table = empty();
    table.set_header(["Address", "Name", "Building", "Seats", "Room lists"]);
    for room in rooms {
        table.add_row([
            plain(room.address.as_str()).into_owned(),
            text(&room.name),
            room.building.as_deref().map(text).unwrap_or_default(),
            room.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
            plain(&room.lists.join(", ")).into_owned(),
        ]);
    }
    print(&table, &mut out)
}

/// Prints rows of text under a header. Foreign text is made harmless, and cut if it is very long.
///
/// # Errors
/// The writer's.
pub fn plain_table(header: &[&str], rows: &[Vec<String>], mut out: impl Write) -> io::Result<()> {
    let mut table = empty();
    table.set_header(header.iter().copied());
    for row in rows {
        table.add_row(
            row.iter()
                .map(|cell| shorten(&plain(cell), LONGEST_CELL).into_owned()),
        );
    }
    print(&table, &mut out)
}

/// How long ago an instant was, in the two largest units: `3m 12s`; `now` within a second. Both in UTC seconds.
pub fn ago(then: i64, now: i64) -> String {
    let seconds = u64::try_from(now.saturating_sub(then)).unwrap_or(0);
    if seconds == 0 {
        return "now".into();
    }
    // Days and weeks are enough for people: no months of 30.44 days.
    let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, length) in units {
        let count = left / length;
        left %= length;
        if count > 0 || !parts.is_empty() {
            parts.push((count, unit));
        }
    }
    parts
        .iter()
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Prints a table without the trailing blanks of its last column.
fn print(table: &Table, out: &mut impl Write) -> io::Result<()> {
    table
        .lines()
        .try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING.header_separator(LineStyle::new('─', '─', '─', '─')));
    if io::stdout().is_terminal()
        && let Some((_, columns)) = console::Term::stdout().size_checked()
    {
        table
            .set_width(columns)
            .set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

fn text(foreign: &str) -> String {
    shorten(&plain(foreign), LONGEST_TEXT).into_owned()
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Text(foreign) => text(foreign),
        Subject::Withheld => "(withheld)".into(),
        Subject::None => "(none)".into(),
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "",
        Status::Tentative | Status::Cancelled => status.as_str(),
    }
}

fn start(meeting: &Meeting) -> String {
    let format = if meeting.all_day {
        "%a %Y-%m-%d %H:%M, all day"
    } else {
        "%a %Y-%m-%d %H:%M"
    };
    instant(meeting.start, format)
}

/// The end of a meeting, without its date if that is the start's.
fn end(meeting: &Meeting) -> String {
    let day = |seconds: i64| seconds.div_euclid(24 * 60 * 60);
    let format = if day(meeting.start) == day(meeting.end) {
        "%H:%M"
    } else {
        "%a %Y-%m-%d %H:%M"
    };
    instant(meeting.end, format)
}

fn instant(seconds: i64, format: &str) -> String {
    DateTime::from_timestamp(seconds, 0)
        .unwrap_or_default()
        .format(format)
        .to_string()
}

#[cfg(test)]
mod tests {
    use collector_model::room::RoomAddress;

    use super::*;

    fn row(room: &str, id: &str, start: i64, subject: Subject) -> MeetingRow {
        MeetingRow {
            source: "contoso".into(),
            room: format!("{room}@contoso.com").into(),
            room_name: format!("Room {room}").into(),
            meeting: Meeting {
                id: id.into(),
                series: None,
                subject,
                start,
                end: start + 3_600,
                all_day: false,
                status: Status::Tentative,
            },
        }
    }

    fn printed(print: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_rooms_name_stands_once_and_an_end_has_no_date_of_its_own() {
        let rows = [
            row("a", "1", 1_773_136_800, Subject::Text("Weekly sync".into())),
            row("a", "2", 1_773_140_400, Subject::Withheld),
            row("b", "3", 1_773_183_600, Subject::None),
        ];
        let table = printed(|out| meetings_table(&rows, false, out));
        let lines: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert!(lines.contains(&vec![
            "Room",
            "a",
            "Tue",
            "2026-03-10",
            "10:00",
            "11:00",
            "Weekly",
            "sync",
            "tentative"
        ]));
        assert!(lines.contains(&vec![
            "Tue",
            "2026-03-10",
            "11:00",
            "12:00",
            "(withheld)",
            "tentative"
        ]));
        assert!(lines.contains(&vec![
            "Room",
            "b",
            "Tue",
            "2026-03-10",
            "23:00",
            "Wed",
            "2026-03-11",
            "00:00",
            "(none)",
            "tentative"
        ]));
    }

    #[test]
    fn foreign_text_cannot_reach_the_terminal() {
        let rows = [row(
            "\u{1b}[31m",
            "1",
            0,
            Subject::Text("\u{1b}]0;title\u{7}\u{202e}".into()),
        )];
        let table = printed(|out| meetings_table(&rows, false, out));
        assert!(!table.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{table:?}");
        assert!(table.contains("\\u{1b}]0;title\\u{7}\\u{202e}"));
    }

    #[test]
    fn no_meetings_is_said() {
        assert_eq!(
            printed(|out| MeetingsTable::new(false, out).end(&[])),
            "no meetings in the window\n"
        );
        assert_eq!(
            printed(|out| MeetingsTable::new(true, out).end(&["contoso", "fabrikam"])),
            "no meetings in the window; not collected: contoso, fabrikam\n"
        );
    }

    #[test]
    fn a_great_many_meetings_come_in_several_tables() {
        let table = printed(|out| {
            let mut table = MeetingsTable::new(true, out);
            for number in 0..=ROWS {
                table.add(row("a", &number.to_string(), 0, Subject::None))?;
            }
            table.end(&[])
        });
        let headers = table
            .lines()
            .filter(|line| line.trim_start().starts_with("Source "));
        let rows = table.lines().filter(|line| line.contains("(none)"));
        let named = table
            .lines()
            .filter(|line| line.trim_start().starts_with("contoso"));
        assert_eq!((headers.count(), rows.count(), named.count()), (2, ROWS + 1, 2));
    }

    #[test]
    fn rooms_are_listed_with_what_is_known_of_them() {
        let rooms = [Room {
            address: RoomAddress::new("Conf-A@contoso.com"),
            key: "id".into(),
            name: "Sala São Paulo".into(),
            building: Some("HQ".into()),
            capacity: Some(8),
            lists: vec!["hq@contoso.com".into(), "all@contoso.com".into()],
        }];
        let table = printed(|out| rooms_table("contoso", &rooms, out));
        assert!(table.starts_with("contoso: 1 room\n"));
        let words: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(
            words,
            [
                "conf-a@contoso.com",
                "Sala",
                "São",
                "Paulo",
                "HQ",
                "8",
                "hq@contoso.com,",
                "all@contoso.com"
            ]
        );
    }
}
