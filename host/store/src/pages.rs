//! Overwrites what deletions leave behind in the file, page by page. SQLite overwrites a row that it deletes; but when it moves rows
//! between pages, their old copies stay in the gaps, as does the content of free pages. `VACUUM` removes all of this, but blocks every
//! writer while it runs; this does not.
//!
//! It reads the pages as the file format describes them (<https://www.sqlite.org/fileformat2.html>), and changes only bytes that no row
//! uses.

/// The start of the first page's b-tree: the file's own header comes before it.
const FILE_HEADER: usize = 100;
/// The first of the lock bytes, on a page that is never used.
const PENDING_BYTE: u32 = 0x4000_0000;

/// The lengths in the pages of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    page: usize,
    usable: usize,
}

/// The use of a page, according to the map pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A node of a table or an index.
    Tree,
    /// Free, or part of the list of free pages.
    Free,
    /// Continues a row: the first such page follows the row's node, the others follow one another.
    Overflow {
        /// Whether it is the first such page.
        first: bool,
        /// The page before it.
        after: u32,
    },
}

/// The continuation of a row: its first page, and how many bytes are on it and the following pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) first: u32,
    pub(super) bytes: usize,
}

impl Layout {
    /// Reads the first page of the file; none if the file has no map pages.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        let mapped = u32_at(first, 52)? != 0;
        let reserved = usize::from(*first.get(20)?);
        let page = first.len();
        mapped.then_some(Self {
            page,
            usable: page.checked_sub(reserved)?,
        })
    }

    /// The map page that tells a page's use, and the place in it. None for the first page, the map pages, and the page that is never used.
    pub(super) fn map_of(&self, page: u32) -> Option<(u32, usize)> {
        let mapped = u32::try_from(self.usable / 5).ok()?.checked_add(1)?;
        let never = PENDING_BYTE / u32::try_from(self.page).ok()? + 1;
        let mut map = page.checked_sub(2)? / mapped * mapped + 2;
        if map == never {
            map += 1;
        }
        let place = page.checked_sub(map)?.checked_sub(1)?;
        (page != never).then_some((map, 5 * usize::try_from(place).ok()?))
    }

    /// The use of a page.
    pub(super) fn kind(map: &[u8], place: usize) -> Option<Kind> {
        match map.get(place)? {
            1 | 5 => Some(Kind::Tree),
            2 => Some(Kind::Free),
            kind @ (3 | 4) => Some(Kind::Overflow {
                first: *kind == 3,
                after: u32_at(map, place + 1)?,
            }),
            _ => None,
        }
    }

    /// Overwrites the bytes of a node that no row uses. Returns where its rows continue; none, with nothing changed, if the node is not
    /// understood.
    pub(super) fn clear_node(&self, page: &mut [u8], is_first: bool) -> Option<Vec<Rest>> {
        let start = if is_first { FILE_HEADER } else { 0 };
        let kind = *page.get(start)?;
        let pointers = start
            + match kind {
                0x02 | 0x05 => 12,
                0x0a | 0x0d => 8,
                _ => return None,
            };
        let cells = usize::from(u16_at(page, start + 3)?);
        let mut used = Vec::with_capacity(cells + 2);
        used.push(0..pointers + 2 * cells);
        let mut rests = Vec::new();
        for cell in 0..cells {
            let at = usize::from(u16_at(page, pointers + 2 * cell)?);
            let (end, rest) = self.cell(page, kind, at)?;
            used.push(at..end);
            rests.extend(rest);
        }
        // Recorded gaps form a chain.
        let mut gap = usize::from(u16_at(page, start + 1)?);
        while gap != 0 {
            used.push(gap..gap + 4);
            let next = usize::from(u16_at(page, gap)?);
            if next != 0 && next <= gap {
                return None;
            }
            gap = next;
        }
        used.push(self.usable..page.len());
        used.sort_unstable_by_key(|part| part.start);
        if used.iter().any(|part| part.end > page.len()) {
            return None;
        }
        let mut cleared = 0;
        for part in used {
            if let Some(unused) = page.get_mut(cleared..part.start) {
                unused.fill(0);
            }
            cleared = cleared.max(part.end);
        }
        Some(rests)
    }

    /// The end of a cell, and where its row continues.
    fn cell(&self, page: &[u8], kind: u8, at: usize) -> Option<(usize, Option<Rest>)> {
        let mut end = if matches!(kind, 0x02 | 0x05) { at + 4 } else { at };
        let (payload, length) = varint(page, end)?;
        end += length;
        if kind == 0x05 {
            return Some((end, None));
        }
        if kind == 0x0d {
            end += varint(page, end)?.1;
        }
        let payload = usize::try_from(payload).ok()?;
        let local = self.local(kind, payload)?;
        end += local;
        if local == payload {
            return Some((end, None));
        }
        let rest = Rest {
            first: u32_at(page, end)?,
            bytes: payload - local,
        };
        Some((end + 4, Some(rest)))
    }

    /// How many bytes of a row are in its node.
    fn local(&self, kind: u8, payload: usize) -> Option<usize> {
        let part = |share: usize| (self.usable.checked_sub(12)? * share / 255).checked_sub(23);
        let most = if kind == 0x0d {
            self.usable.checked_sub(35)?
        } else {
            part(64)?
        };
        if payload <= most {
            return Some(payload);
        }
        let least = part(32)?;
        let fitting = least + payload.checked_sub(least)? % self.usable.checked_sub(4)?;
        Some(if fitting <= most { fitting } else { least })
    }

    /// The next page of a row, and how many bytes are left for it. On the last page, overwrites the bytes that no row uses.
    pub(super) fn clear_overflow(&self, page: &mut [u8], bytes: usize) -> Option<Option<Rest>> {
        let room = self.usable.checked_sub(4)?;
        if bytes > room {
            return Some(Some(Rest {
                first: u32_at(page, 0)?,
                bytes: bytes - room,
            }));
        }
        page.get_mut(4 + bytes..self.usable)?.fill(0);
        Some(None)
    }

    /// Overwrites a free page. A trunk page keeps its list of other pages.
    pub(super) fn clear_free(&self, page: &mut [u8], is_trunk: bool) -> Option<()> {
        let list = if is_trunk {
            8 + 4 * usize::try_from(u32_at(page, 4)?).ok()?
        } else {
            0
        };
        page.get_mut(list..self.usable)?.fill(0);
        Some(())
    }
}

/// Whether a row continues after this page.
pub(super) fn goes_on(overflow: &[u8]) -> bool {
    u32_at(overflow, 0).is_some_and(|next| next != 0)
}

/// The first trunk page, given the first page of the file; or the one after another.
pub(super) fn next_trunk(page: &[u8], is_first: bool) -> Option<u32> {
    u32_at(page, if is_first { 32 } else { 0 }).filter(|next| *next != 0)
}

fn u16_at(page: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(page.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(page: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(page.get(at..at + 4)?.try_into().ok()?))
}

/// A number of one to nine bytes, and its length.
fn varint(page: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for place in 0..8 {
        let byte = *page.get(at + place)?;
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    Some((number << 8 | u64::from(*page.get(at + 8)?), 9))
}
