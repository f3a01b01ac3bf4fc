//! Reads records from a text: JSON Lines if it begins with `{`, else CSV with a header.

use std::io::{self, BufRead};

use collector_model::text::plain;
use collector_model::usage::line::{COLUMNS, read_cells, read_json};
use collector_model::usage::{Fault, Record};

/// Longest line of JSON or row of CSV, in bytes.
const LONGEST_LINE: u64 = 64 << 10;
/// What Excel writes before CSV in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a text is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinesError {
    /// It cannot be read to its end.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// One of its lines is wrong.
    #[error("{}", .0.words)]
    Wrong(WrongLine),
}

/// A line that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrongLine {
    /// Its number, from 1.
    pub(crate) line: u64,
    /// The column of a line of JSON, or the cell of a row of CSV, from 1; none if it is not known.
    pub(crate) column: Option<usize>,
    /// What is wrong, for the owner of the text.
    pub(crate) words: String,
    /// The same in words that repeat nothing of the text.
    pub(crate) discreet: String,
}

/// What is wrong with a line whose number is known elsewhere.
struct Wrong {
    column: Option<usize>,
    words: String,
    discreet: String,
}

impl Wrong {
    /// Words that repeat nothing of the text.
    fn discreet(words: impl Into<String>) -> Self {
        let words = words.into();
        Self {
            column: None,
            discreet: words.clone(),
            words,
        }
    }

    fn at(self, column: Option<usize>) -> Self {
        Self {
            column: self.column.or(column),
            ..self
        }
    }
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        let words = fault.to_string();
        match fault {
            Fault::Malformed { discreet, column, .. } => Self {
                column,
                words,
                discreet: format!("not a usage or coverage record: {discreet}"),
            },
            Fault::Key { .. } => Self::discreet(words),
        }
    }
}

/// How the records of a text are written.
enum Form {
    Json,
    /// With the columns, once the header was read.
    Csv(Option<Vec<String>>),
}

/// The records of a source in a text, one after the other.
pub(crate) struct Lines<'a, R> {
    source: &'a str,
    input: R,
    form: Form,
    /// The number of the last line.
    number: u64,
}

impl<'a, R: BufRead> Lines<'a, R> {
    /// Looks at the first byte of a text.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn new(source: &'a str, mut input: R) -> io::Result<Self> {
        if input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            input.consume(BYTE_ORDER_MARK.len());
        }
        let form = match input.fill_buf()?.first() {
            Some(b'{') => Form::Json,
            _ => Form::Csv(None),
        };
        Ok(Self {
            source,
            input,
            form,
            number: 0,
        })
    }

    /// The next record with the number of its line; none after the last.
    ///
    /// # Errors
    /// See [`LinesError`].
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Record)>, LinesError> {
        while let Some(line) = self.line()? {
            let record = line.and_then(|line| self.record(&line));
            match record {
                Ok(Some(record)) => return Ok(Some((self.number, record))),
                Ok(None) => {}
                Err(wrong) => {
                    return Err(LinesError::Wrong(WrongLine {
                        line: self.number,
                        column: wrong.column,
                        words: wrong.words,
                        discreet: wrong.discreet,
                    }));
                }
            }
        }
        Ok(None)
    }

    /// The next line without its end; none after the last.
    fn line(&mut self) -> io::Result<Option<Result<String, Wrong>>> {
        let mut line = Vec::new();
        // With its end, in the form of Windows.
        let read = io::Read::take(&mut self.input, LONGEST_LINE + 2).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        if line.len() as u64 > LONGEST_LINE {
            return Ok(Some(Err(Wrong::discreet(format!(
                "has more than {LONGEST_LINE} bytes"
            )))));
        }
        Ok(Some(
            String::from_utf8(line).map_err(|_| Wrong::discreet("is not UTF-8 text")),
        ))
    }

    /// The record in a line; none in a blank line and a header.
    fn record(&mut self, line: &str) -> Result<Option<Record>, Wrong> {
        if line.trim().is_empty() {
            return Ok(None);
        }
        let record = match &mut self.form {
            Form::Json => read_json(line)?,
            Form::Csv(header) => {
                let cells = cells(line)?;
                match header {
                    None => {
                        *header = Some(columns(cells)?);
                        return Ok(None);
                    }
                    Some(header) => row(header, &cells)?,
                }
            }
        };
        if record.origin().source != self.source {
            return Err(Wrong::discreet(format!("source: is not \"{}\"", self.source)));
        }
        Ok(Some(record))
    }
}

/// The record in a row of CSV.
fn row(header: &[String], cells: &[String]) -> Result<Record, Wrong> {
    if cells.len() != header.len() {
        return Err(Wrong::discreet(format!(
            "has {} cells, and the header {}",
            cells.len(),
            header.len()
        )));
    }
    let named = header
        .iter()
        .map(String::as_str)
        .zip(cells.iter().map(String::as_str));
    read_cells(named).map_err(|fault| {
        let column = match &fault {
            Fault::Key { key, .. } => header.iter().position(|column| column == key),
            Fault::Malformed { .. } => None,
        };
        Wrong::from(fault).at(column.map(|column| column + 1))
    })
}

/// The columns of a header, each once and of the contract.
fn columns(header: Vec<String>) -> Result<Vec<String>, Wrong> {
    let is_nearly_json = |column: &String| column.trim_start().starts_with(['{', '[']);
    if header.first().is_some_and(is_nearly_json) {
        return Err(Wrong::discreet(
            "neither JSON Lines nor CSV: the first line of JSON Lines must begin with {, and each line is one record",
        ));
    }
    for (at, column) in header.iter().enumerate() {
        if !COLUMNS.contains(&column.as_str()) {
            let known = COLUMNS.join(", ");
            return Err(Wrong {
                column: Some(at + 1),
                words: format!("there is no column \"{}\"; columns are {known}", plain(column)),
                discreet: format!("there is no such column; columns are {known}"),
            });
        }
        if header.iter().take(at).any(|other| other == column) {
            return Err(Wrong::discreet(format!("the column {column} occurs twice")).at(Some(at + 1)));
        }
    }
    Ok(header)
}

/// One row of CSV as its cells.
fn cells(row: &str) -> Result<Vec<String>, Wrong> {
    // The library takes the end of the text for the missing quote.
    if row.matches('"').count() % 2 == 1 {
        return Err(Wrong::discreet("a quoted cell does not end"));
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(row.as_bytes());
    let mut cells = csv::StringRecord::new();
    reader
        .read_record(&mut cells)
        .map_err(|error| Wrong::discreet(error.to_string()))?;
    Ok(cells.iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrong(text: &str) -> WrongLine {
        let mut lines = Lines::new("sensors", text.as_bytes()).unwrap();
        loop {
            match lines.next() {
                Ok(Some(_)) => {}
                Ok(None) => panic!("nothing is wrong with {text}"),
                Err(LinesError::Wrong(wrong)) => return wrong,
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_wrong_cell_is_named_by_its_line_and_place() {
        let header = "type,source,space,key,revision,withdrawn,kind,form,start,value";
        let row = "usage,sensors,a,k,1,false,people-count,sample,2026-03-10T10:00:00Z,-4";
        let wrong = wrong(&format!("{header}\n{row}\n"));
        assert_eq!((wrong.line, wrong.column), (2, Some(10)));
        assert!(wrong.discreet.starts_with("value: is negative"));
    }

    #[test]
    fn a_wrong_line_of_json_is_named_by_its_line_and_column() {
        let wrong = wrong("{\"type\": 7}\n");
        assert_eq!((wrong.line, wrong.column), (1, Some(10)));
    }

    #[test]
    fn a_row_that_was_cut_within_a_quoted_cell_is_refused() {
        let header = "type,source,space,key,revision,withdrawn,kinds,start,end,state,reason";
        let row = "coverage,sensors,a,k,1,false,call,2026-03-10T10:00:00Z,2026-03-10T11:00:00Z,blind,\"off";
        let wrong = wrong(&format!("{header}\n{row}"));
        assert_eq!(
            (wrong.line, wrong.words.as_str()),
            (2, "a quoted cell does not end")
        );
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_whatever_ends_it() {
        let limit = usize::try_from(LONGEST_LINE).unwrap();
        for (spaces, end, number) in [
            (limit, "\n", 2),
            (limit, "\r\n", 2),
            (limit + 1, "\n", 1),
            (limit + 1, "\r\n", 1),
        ] {
            let wrong = wrong(&format!("{{{}{end}x\n", " ".repeat(spaces - 1)));
            // The long line is refused as JSON when it is read at all.
            assert_eq!(
                wrong.words.starts_with("has more"),
                spaces > limit,
                "{}",
                wrong.words
            );
            assert_eq!(wrong.line, 1, "{number}");
        }
    }

    proptest! {
        /// Whatever is in the place of a key, a value, a column or a whole line.
        #[test]
        fn discreet_words_repeat_nothing_of_the_text(secret in "[a-z]{12,24}") {
            for text in [
                format!("{{\"{secret}\":1}}"),
                format!("{{\"type\":\"{secret}\"}}"),
                format!("{{\"revision\":\"{secret}\"}}"),
                format!("{{\"type\":\"usage\",\"revision\":1,\"key\":\"k\",\"space\":\"s\",\"source\":\"{secret}\"}}"),
                format!("{{{secret}"),
                format!("{secret},type\n"),
                format!("type,source\n{secret}\n"),
                format!("type,revision\nusage,{secret}\n"),
            ] {
                let wrong = wrong(&text);
                prop_assert!(!wrong.discreet.contains(&secret), "{}", wrong.discreet);
            }
        }
    }
}
