//! Rows as files of Parquet, one a source and day.
//!
//! The store hands out rows room by room, and a file has all rooms. So rows are read several times: first to see how much each day has, then
//! once for as many days as fit into memory.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use anyhow::Result;
use collector_model::window::Window;
use collector_sinks::parquet::{Day, Table, Tree};

/// About how many bytes of rows are in memory at once. A single day may have more; one of 5,000 rooms has about as much.
const MEMORY: usize = 64 << 20;

/// The days of a table that are brought up to date.
pub struct Days<'a, R: 'static> {
    /// The table.
    pub table: &'a Table<R>,
    /// Where its files are.
    pub tree: &'a Tree,
    /// The first day. Earlier ones stay as they are.
    pub first: Day,
}

/// What became of the files of a source.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Days that have rows.
    pub days: u64,
    /// Files that had another content, or did not exist.
    pub written: u64,
    /// Files of days that have no rows any more.
    pub removed: u64,
}

impl<R> Days<'_, R> {
    /// Writes the file of each day of a source that changed, and removes those of days without rows. `rows` hands over at least the source's
    /// rows that overlap a window: the same ones whenever it is called.
    pub fn write(
        &self,
        source: &str,
        rows: impl FnMut(Window, &mut dyn FnMut(R) -> Result<()>) -> Result<()>,
    ) -> Result<Written> {
        self.write_within(MEMORY, source, rows)
    }

    fn write_within(
        &self,
        memory: usize,
        source: &str,
        mut rows: impl FnMut(Window, &mut dyn FnMut(R) -> Result<()>) -> Result<()>,
    ) -> Result<Written> {
        let mut sizes: BTreeMap<Day, usize> = BTreeMap::new();
        rows(self.first.onward(), &mut |row| {
            let size = sizes.entry(self.table.day(&row)).or_default();
            *size = size.saturating_add(self.table.size(&row));
            Ok(())
        })?;
        // What began earlier and still goes on.
        sizes.retain(|day, _| *day >= self.first);
        let mut done = Written {
            days: sizes.len() as u64,
            ..Written::default()
        };
        for group in groups(&sizes, memory) {
            let mut days: BTreeMap<Day, Vec<R>> = BTreeMap::new();
            rows(group.start().until(*group.end()), &mut |row| {
                let day = self.table.day(&row);
                if group.contains(&day) {
                    days.entry(day).or_default().push(row);
                }
                Ok(())
            })?;
            for (day, rows) in days {
                let file = self.table.file(&rows)?;
                done.written += u64::from(self.tree.put(self.table.name, source, day, &file)?);
            }
        }
        for day in self.tree.days(self.table.name, source)? {
            if day >= self.first && !sizes.contains_key(&day) {
                done.removed += u64::from(self.tree.remove(self.table.name, source, day)?);
            }
        }
        Ok(done)
    }
}

/// Days that follow each other, as many at once as fit into memory.
fn groups(sizes: &BTreeMap<Day, usize>, memory: usize) -> Vec<RangeInclusive<Day>> {
    let mut groups = Vec::new();
    let mut current: Option<(Day, Day, usize)> = None;
    for (day, size) in sizes {
        current = Some(match current {
            Some((first, _, sum)) if sum.saturating_add(*size) <= memory => {
                (first, *day, sum.saturating_add(*size))
            }
            full => {
                groups.extend(full.map(|(first, last, _)| first..=last));
                (*day, *day, *size)
            }
        });
    }
    groups.extend(current.map(|(first, last, _)| first..=last));
    groups
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use collector_model::meeting::{Meeting, MeetingRow, Status, Subject};
    use collector_sinks::parquet::MEETINGS;

    use super::*;

    fn row(date: &str, hour: i64, hours: i64) -> MeetingRow {
        let start = Day::from_date(date).unwrap().start() + hour * 3_600;
        MeetingRow {
            source: "contoso".into(),
            room: "conf-a@contoso.com".into(),
            room_name: "Conf A".into(),
            meeting: Meeting {
                id: format!("{date}-{hour}"),
                series: None,
                subject: Subject::None,
                start,
                end: start + hours * 3_600,
                all_day: false,
                status: Status::Confirmed,
            },
        }
    }

    fn write(root: &Path, first: &str, memory: usize, stored: &[MeetingRow]) -> Written {
        let days = Days {
            table: &MEETINGS,
            tree: &Tree::new(root),
            first: Day::from_date(first).unwrap(),
        };
        days.write_within(memory, "contoso", |window, each| {
            let overlap = |row: &&MeetingRow| window.overlaps(row.meeting.start, row.meeting.end);
            stored.iter().filter(overlap).cloned().try_for_each(&mut *each)
        })
        .unwrap()
    }

    fn dates(root: &Path) -> Vec<String> {
        let days = Tree::new(root).days("meetings", "contoso").unwrap();
        days.into_iter().map(Day::date).collect()
    }

    fn file(root: &Path, date: &str) -> PathBuf {
        root.join(format!("meetings/source=contoso/date={date}/part.parquet"))
    }

    fn done(days: u64, written: u64, removed: u64) -> Written {
        Written {
            days,
            written,
            removed,
        }
    }

    #[test]
    fn only_what_changed_is_written_and_an_empty_day_has_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut stored = vec![
            row("2026-03-10", 23, 5),
            row("2026-03-11", 9, 1),
            row("2026-03-12", 9, 1),
        ];
        assert_eq!(write(root, "0001-01-01", MEMORY, &stored), done(3, 3, 0));
        assert_eq!(dates(root), ["2026-03-10", "2026-03-11", "2026-03-12"]);
        assert_eq!(write(root, "0001-01-01", MEMORY, &stored), done(3, 0, 0));
        // It moves to a day that had none.
        stored[1] = row("2026-03-13", 9, 1);
        assert_eq!(write(root, "0001-01-01", MEMORY, &stored), done(3, 1, 1));
        assert_eq!(dates(root), ["2026-03-10", "2026-03-12", "2026-03-13"]);
    }

    #[test]
    fn days_before_the_first_stay_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut stored = vec![row("2026-03-10", 23, 5), row("2026-03-11", 9, 1)];
        write(root, "0001-01-01", MEMORY, &stored);
        let before = std::fs::read(file(root, "2026-03-10")).unwrap();
        stored[0].meeting.all_day = true;
        stored.remove(1);
        assert_eq!(write(root, "2026-03-11", MEMORY, &stored), done(0, 0, 1));
        assert_eq!(std::fs::read(file(root, "2026-03-10")).unwrap(), before);
        assert_eq!(dates(root), ["2026-03-10"]);
    }

    #[test]
    fn files_do_not_depend_on_how_many_days_fit_into_memory() {
        let stored: Vec<MeetingRow> = (0..40)
            .map(|number| row(&format!("2026-03-{:02}", number % 7 + 1), number, 30))
            .collect();
        let directory = tempfile::tempdir().unwrap();
        for (name, memory) in [("none", 0), ("some", 5_000), ("all", MEMORY)] {
            write(&directory.path().join(name), "0001-01-01", memory, &stored);
        }
        let all = dates(&directory.path().join("all"));
        assert!(all.len() > 6, "{all:?}");
        for name in ["none", "some"] {
            let root = directory.path().join(name);
            assert_eq!(dates(&root), all);
            for date in &all {
                let same = std::fs::read(file(&directory.path().join("all"), date)).unwrap();
                assert_eq!(std::fs::read(file(&root, date)).unwrap(), same, "{name}, {date}");
            }
        }
    }
}
