//! Goes through the pages of the store's file and overwrites what deletions left behind, in small transactions with pauses, so that others
//! can write in between.

use std::collections::HashSet;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::pages::{Kind, Layout, Rest, goes_on, next_trunk};
use super::{Store, StoreError};

/// Pages per transaction.
const PAGES: u32 = 64;

impl Store {
    /// Overwrites what deletions left behind in the file's pages. False if this is not possible: SQLite was built without access to its
    /// pages (`SQLITE_ENABLE_DBPAGE_VTAB`, see `.cargo/config.toml`), or the file is of an earlier version and has no map of its pages.
    pub(super) fn erase_leftovers(&mut self) -> Result<bool, StoreError> {
        let accessible: bool = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM pragma_module_list WHERE name = 'sqlite_dbpage')",
            [],
            |row| row.get(0),
        )?;
        if !accessible {
            return Ok(false);
        }
        let before = self.data_version()?;
        if !self.erase_once()? {
            return Ok(false);
        }
        // If SQLite swapped two pages in the meantime, one may have been missed.
        if self.data_version()? != before {
            self.erase_once()?;
        }
        Ok(true)
    }

    /// A value that changes when another connection changes the store.
    fn data_version(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    fn erase_once(&mut self) -> Result<bool, StoreError> {
        // From the end: when others shorten the file, a page moves to a free place before it, and has been cleared by then.
        let mut last: u32 = self
            .connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))?;
        while last > 0 {
            let first = last.saturating_sub(PAGES) + 1;
            let transaction = self.connection.transaction()?;
            let begun = Instant::now();
            if !Pages(&transaction).clear(first, last)? {
                return Ok(false);
            }
            transaction.commit()?;
            last = first - 1;
            self.make_room(begun);
        }
        Ok(true)
    }
}

/// The pages of the file, within a transaction.
struct Pages<'a>(&'a Connection);

impl Pages<'_> {
    /// Clears some pages, the last one first. False: the file has no map of its pages.
    fn clear(&self, first: u32, last: u32) -> Result<bool, rusqlite::Error> {
        let Some(head) = self.read(1)? else {
            return Ok(false);
        };
        let Some(layout) = Layout::of(&head) else {
            return Ok(false);
        };
        let trunks = self.trunks(&head)?;
        for number in (first..=last).rev() {
            if number == 1 {
                self.clear_node(layout, 1)?;
                continue;
            }
            // The file may have become shorter.
            let (Some(kind), Some(page)) = (self.kind(layout, number)?, self.read(number)?) else {
                continue;
            };
            match kind {
                Kind::Tree => drop(self.clear_node(layout, number)?),
                Kind::Free => {
                    let mut cleared = page.clone();
                    if layout
                        .clear_free(&mut cleared, trunks.contains(&number))
                        .is_some()
                    {
                        self.write(number, &page, &cleared)?;
                    }
                }
                // Only the last page of a row has unused bytes.
                Kind::Overflow { .. } if goes_on(&page) => {}
                Kind::Overflow { .. } => {
                    if let Some(node) = self.node_of(layout, kind)? {
                        for rest in self.clear_node(layout, node)? {
                            self.clear_rest(layout, rest)?;
                        }
                    }
                }
            }
        }
        Ok(true)
    }

    fn kind(&self, layout: Layout, number: u32) -> Result<Option<Kind>, rusqlite::Error> {
        let Some((map, place)) = layout.map_of(number) else {
            return Ok(None);
        };
        Ok(self.read(map)?.and_then(|map| Layout::kind(&map, place)))
    }

    /// The node whose row continues on such a page.
    fn node_of(&self, layout: Layout, mut kind: Kind) -> Result<Option<u32>, rusqlite::Error> {
        let mut seen = HashSet::new();
        while let Kind::Overflow { first, after } = kind {
            if first {
                return Ok(Some(after));
            }
            match self.kind(layout, after)? {
                Some(before) if seen.insert(after) => kind = before,
                _ => break,
            }
        }
        Ok(None)
    }

    /// Clears a node. Returns where its rows continue.
    fn clear_node(&self, layout: Layout, number: u32) -> Result<Vec<Rest>, rusqlite::Error> {
        let Some(page) = self.read(number)? else {
            return Ok(Vec::new());
        };
        let mut cleared = page.clone();
        let Some(rests) = layout.clear_node(&mut cleared, number == 1) else {
            return Ok(Vec::new());
        };
        self.write(number, &page, &cleared)?;
        Ok(rests)
    }

    fn clear_rest(&self, layout: Layout, mut rest: Rest) -> Result<(), rusqlite::Error> {
        // The loop ends, since each page leaves fewer bytes.
        while let Some(page) = self.read(rest.first)? {
            let mut cleared = page.clone();
            let next = layout.clear_overflow(&mut cleared, rest.bytes);
            self.write(rest.first, &page, &cleared)?;
            match next.flatten() {
                Some(next) => rest = next,
                None => break,
            }
        }
        Ok(())
    }

    /// The pages that list the free ones.
    fn trunks(&self, head: &[u8]) -> Result<HashSet<u32>, rusqlite::Error> {
        let mut trunks = HashSet::new();
        let mut next = next_trunk(head, true);
        while let Some(number) = next.filter(|number| trunks.insert(*number)) {
            next = self.read(number)?.and_then(|page| next_trunk(&page, false));
        }
        Ok(trunks)
    }

    fn read(&self, number: u32) -> Result<Option<Vec<u8>>, rusqlite::Error> {
        self.0
            .prepare_cached("SELECT data FROM sqlite_dbpage WHERE pgno = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()
    }

    fn write(&self, number: u32, before: &[u8], page: &[u8]) -> Result<(), rusqlite::Error> {
        if before != page {
            self.0
                .prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?
                .execute(params![number, page])?;
        }
        Ok(())
    }
}
