//! The text of a configuration file, cut at its table headers: where a source begins and ends, including its comments.
//!
//! A comment belongs to the header below if it touches that, otherwise to the line above if it touches that. A comment between blank lines
//! belongs to no source.

use std::ops::Range;

use toml_edit::{Document, Item, Table};

/// How a text ends its lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lines {
    windows: bool,
    /// Whether its last line has no end.
    open: bool,
}

impl Lines {
    /// Refuses a text with mixed line ends.
    pub(super) fn of(text: &str) -> Result<Self, String> {
        let lines = Self {
            windows: text.contains("\r\n"),
            open: !text.is_empty() && !text.ends_with('\n'),
        };
        if lines.windows && lines.normal(text).replace('\n', "\r\n") != text {
            return Err("it mixes Windows and Unix line endings".into());
        }
        Ok(lines)
    }

    /// The text with Unix line ends.
    pub(super) fn normal(self, text: &str) -> String {
        if self.windows {
            text.replace("\r\n", "\n")
        } else {
            text.to_owned()
        }
    }

    /// A text with the line ends of the original.
    pub(super) fn restore(self, mut text: String) -> String {
        if self.open && text.ends_with('\n') {
            text.pop();
        }
        if self.windows {
            text.replace('\n', "\r\n")
        } else {
            text
        }
    }
}

/// The text followed by a blank line and `added`. Its last line ends as before: with or without a line end.
pub(super) fn append(text: &str, added: &str) -> String {
    if text.is_empty() {
        return added.to_owned();
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let added = added.replace('\n', end);
    if text.ends_with('\n') {
        format!("{text}{end}{added}")
    } else {
        let added = added.strip_suffix(end).unwrap_or(&added);
        format!("{text}{end}{end}{added}")
    }
}

/// Whether comments touch the `index`th table of the list of tables at a path.
pub(super) fn has_comment(text: &str, path: &[&str], index: usize) -> Result<bool, String> {
    let runs = runs(text, path, index)?;
    Ok(runs
        .into_iter()
        .any(|run| text.get(run).is_some_and(|run| run.contains('#'))))
}

/// The text without the `index`th table of the list of tables at a path.
pub(super) fn remove(text: &str, path: &[&str], index: usize) -> Result<String, String> {
    let mut left = text.to_owned();
    for run in runs(text, path, index)?.into_iter().rev() {
        let to_the_end = run.end == text.len();
        let mut start = run.start;
        let mut end = run.end;
        match last_line(text, start) {
            Some(above) if is_blank(text, &above) => start = above.start,
            None => {
                // With nothing left above, the blank line goes too.
                if let Some(below) = first_line(text, end).filter(|below| is_blank(text, below)) {
                    end = below.end;
                }
            }
            Some(_) => {}
        }
        left.replace_range(start..end, "");
        if to_the_end && !text.ends_with('\n') {
            // The new last line gets no end either.
            let end = if left.ends_with("\r\n") {
                2
            } else {
                usize::from(left.ends_with('\n'))
            };
            left.truncate(left.len() - end);
        }
    }
    Ok(left)
}

/// A header, and the table of the list that it belongs to.
struct Header {
    at: usize,
    entry: Option<usize>,
}

/// The parts of the text that belong to a table of the list at a path, including its comments.
fn runs(text: &str, path: &[&str], index: usize) -> Result<Vec<Range<usize>>, String> {
    let document = Document::parse(text).map_err(|_| "its structure is not supported".to_owned())?;
    let mut headers = Vec::new();
    collect(document.as_table(), None, Some(path), &mut headers);
    headers.sort_by_key(|header| header.at);
    let mut runs: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for (number, header) in headers.iter().enumerate() {
        if header.entry != Some(index) {
            open = false;
            continue;
        }
        let begin = line_start(text, header.at);
        let next = headers.get(number + 1).map(|next| line_start(text, next.at));
        let end = end_of(text, begin, next);
        match runs.last_mut() {
            Some(run) if open => run.end = end,
            _ => runs.push(above(text, begin)..end),
        }
        open = true;
    }
    Ok(runs)
}

/// Collects the headers of a table. `path` leads from it to the list; none if the list is elsewhere.
fn collect(table: &Table, entry: Option<usize>, path: Option<&[&str]>, headers: &mut Vec<Header>) {
    let mut note = |table: &Table, entry, path| {
        if let Some(span) = table
            .span()
            .filter(|_| !table.is_implicit() && !table.is_dotted())
        {
            headers.push(Header {
                at: span.start,
                entry,
            });
        }
        collect(table, entry, path, headers);
    };
    for (key, item) in table {
        let path = path.and_then(|path| path.split_first());
        let path = path.filter(|(first, _)| **first == key).map(|(_, rest)| rest);
        match item {
            Item::Table(below) => note(below, entry, path),
            Item::ArrayOfTables(tables) => {
                let is_list = path.is_some_and(<[_]>::is_empty);
                for (number, below) in tables.iter().enumerate() {
                    note(below, if is_list { Some(number) } else { entry }, None);
                }
            }
            _ => {}
        }
    }
}

/// Where the comments that touch a header begin.
fn above(text: &str, header: usize) -> usize {
    let mut start = header;
    while let Some(line) = last_line(text, start).filter(|line| is_comment(text, line)) {
        start = line.start;
    }
    start
}

/// The end of the table that begins at `begin`, including the comments that touch its last line but not the next header.
fn end_of(text: &str, begin: usize, next: Option<usize>) -> usize {
    let limit = next.unwrap_or(text.len());
    let mut content = limit;
    while let Some(line) = last_line(text, content)
        .filter(|line| line.start > begin && (is_comment(text, line) || is_blank(text, line)))
    {
        content = line.start;
    }
    let mut end = content;
    while let Some(line) = first_line(text, end).filter(|line| line.end <= limit && is_comment(text, line)) {
        end = line.end;
    }
    if next == Some(end) { content } else { end }
}

/// The line that ends at `end`, with its end.
fn last_line(text: &str, end: usize) -> Option<Range<usize>> {
    let before = text.get(..end)?;
    let body = before.strip_suffix('\n').unwrap_or(before);
    (!before.is_empty()).then(|| body.rfind('\n').map_or(0, |newline| newline + 1)..end)
}

/// The line that begins at `start`, with its end.
fn first_line(text: &str, start: usize) -> Option<Range<usize>> {
    let after = text.get(start..)?;
    let length = after.find('\n').map_or(after.len(), |newline| newline + 1);
    (length > 0).then_some(start..start + length)
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |newline| newline + 1)
}

fn is_blank(text: &str, line: &Range<usize>) -> bool {
    text.get(line.clone()).is_some_and(|line| line.trim().is_empty())
}

fn is_comment(text: &str, line: &Range<usize>) -> bool {
    text.get(line.clone())
        .is_some_and(|line| line.trim_start().starts_with('#'))
}
