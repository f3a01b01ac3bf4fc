//! Records for programs: as JSON Lines, as one JSON array, or as CSV.
//!
//! Programs read in JSON exactly what was stored. CSV is what people open in a spreadsheet, where foreign text could deceive or be run: control
//! characters are made harmless, and a text that a spreadsheet would take for a formula begins with an apostrophe.

use std::borrow::Cow;
use std::io::{self, Write};

use collector_model::json::write_json;
use collector_model::text::plain;
use serde::Serialize;
use serde_json::Value;

/// What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection").
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// How records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordForm {
    /// One JSON object a line.
    Lines,
    /// One JSON array.
    Array,
    /// Comma-separated values with a header.
    Csv,
}

/// Prints records one by one.
pub struct Records<W: Write> {
    form: Form<W>,
    columns: Vec<String>,
}

enum Form<W: Write> {
    Lines(W),
    Array { out: W, begun: bool },
    Csv(Box<csv::Writer<W>>),
}

impl<W: Write> Records<W> {
    /// `columns` are the keys of each record, in the order of the columns of CSV.
    ///
    /// # Errors
    /// The writer's.
    pub fn new(form: RecordForm, columns: &[&str], out: W) -> io::Result<Self> {
        let form = match form {
            RecordForm::Lines => Form::Lines(out),
            RecordForm::Array => Form::Array { out, begun: false },
            RecordForm::Csv => {
                let mut out = csv::Writer::from_writer(out);
                out.write_record(columns).map_err(io_error)?;
                Form::Csv(Box::new(out))
            }
        };
        Ok(Self {
            form,
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        })
    }

    /// Prints all records of a list.
    ///
    /// # Errors
    /// The writer's.
    pub fn all<R: Serialize>(
        form: RecordForm,
        columns: &[&str],
        records: impl IntoIterator<Item = R>,
        out: W,
    ) -> io::Result<()> {
        let mut printer = Self::new(form, columns, out)?;
        for record in records {
            printer.add(&record)?;
        }
        printer.end()
    }

    /// Prints a record.
    ///
    /// # Errors
    /// The writer's.
    pub fn add(&mut self, record: &impl Serialize) -> io::Result<()> {
        match &mut self.form {
            Form::Lines(out) => {
                write_json(out, record)?;
                out.write_all(b"\n")
            }
            Form::Array { out, begun } => {
                out.write_all(if std::mem::replace(begun, true) {
                    b","
                } else {
                    b"[\n"
                })?;
                write_json(out, record)?;
                out.write_all(b"\n")
            }
            Form::Csv(out) => {
                let record = serde_json::to_value(record)?;
                let cells = self.columns.iter().map(|column| cell(record.get(column)));
                out.write_record(cells).map_err(io_error)
            }
        }
    }

    /// Ends the output.
    ///
    /// # Errors
    /// The writer's.
    pub fn end(self) -> io::Result<()> {
        match self.form {
            Form::Lines(mut out) => out.flush(),
            Form::Array { mut out, begun } => {
                out.write_all(if begun { b"]\n" } else { b"[]\n" })?;
                out.flush()
            }
            Form::Csv(mut out) => out.flush(),
        }
    }
}

/// The writer's own error, by which a closed standard output is told from a broken one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A value as a cell: nothing for null, the words of a list beside each other.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless(text),
        Some(Value::Array(values)) => {
            let words: Vec<Cow<'_, str>> = values
                .iter()
                .map(|value| match value {
                    Value::String(text) => Cow::from(text),
                    other => other.to_string().into(),
                })
                .collect();
            harmless(&words.join(", "))
        }
        Some(other) => other.to_string(),
    }
}

fn harmless(text: &str) -> String {
    let text = plain(text);
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(form: RecordForm, records: &[Value]) -> String {
        let mut out = Vec::new();
        Records::all(form, &["room", "seats", "lists"], records, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rooms() -> [Value; 2] {
        [
            json!({"room": "conf-a@contoso.com", "seats": 8, "lists": ["hq@contoso.com", "all@contoso.com"]}),
            json!({"room": "Größe \"XL\"", "seats": null, "lists": []}),
        ]
    }

    #[test]
    fn csv_has_a_header_and_quotes_what_needs_it() {
        assert_eq!(
            printed(RecordForm::Csv, &rooms()),
            "room,seats,lists\nconf-a@contoso.com,8,\"hq@contoso.com, all@contoso.com\"\n\"Größe \"\"XL\"\"\",,\n"
        );
        assert_eq!(printed(RecordForm::Csv, &[]), "room,seats,lists\n");
    }

    #[test]
    fn a_spreadsheet_takes_no_text_for_a_formula() {
        for (text, cell) in [
            (
                "=HYPERLINK(\"https://a.example\")",
                "'=HYPERLINK(\"https://a.example\")",
            ),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("a = b", "a = b"),
            ("\u{1b}]0;title\u{7}\u{202e}", "\\u{1b}]0;title\\u{7}\\u{202e}"),
        ] {
            assert_eq!(super::cell(Some(&text.into())), cell);
        }
        assert_eq!(cell(Some(&json!(-1))), "-1", "a number is none");
    }

    #[test]
    fn json_is_one_array_or_an_object_a_line() {
        let array: Value = serde_json::from_str(&printed(RecordForm::Array, &rooms())).unwrap();
        assert_eq!(array, Value::from(rooms().to_vec()));
        assert_eq!(printed(RecordForm::Array, &[]), "[]\n");
        let lines = printed(RecordForm::Lines, &rooms());
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines, rooms());
        assert_eq!(printed(RecordForm::Lines, &[]), "");
    }
}
