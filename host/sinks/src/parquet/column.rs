//! A file of rows, written column by column.
//!
//! Only what every reader of Parquet understands: version 1 of its pages, Snappy, dictionaries, statistics.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use serde_json::Value;

/// Rows that are compressed together: enough for readers to skip by, few enough to hold in memory.
const GROUP: usize = 100_000;
/// Rows whose values are copied at once.
const PART: usize = 4_096;

/// A file that could not be made: a mistake in the program, since it is written to memory.
#[derive(Debug, thiserror::Error)]
#[error("cannot write rows as Parquet: {0}")]
pub struct FileError(#[from] ParquetError);

/// A column of a table of `R`.
pub struct Column<R> {
    /// Its name: the key of the same value in JSON.
    pub name: &'static str,
    /// Whether a row may have no value.
    pub is_nullable: bool,
    /// Whether many rows share a value, so that a dictionary saves space.
    pub repeats: bool,
    /// The type, and where a row has its value.
    pub cell: Cell<R>,
}

/// The value of a row in a column.
pub enum Cell<R> {
    /// Text in UTF-8.
    Text(for<'a> fn(&'a R) -> Option<&'a str>),
    /// Text that is made of several words.
    Words(fn(&R) -> Option<String>),
    /// UTC seconds: a timestamp in UTC. In milliseconds, the coarsest unit that Parquet has.
    Instant(fn(&R) -> Option<i64>),
    /// True or false.
    Truth(fn(&R) -> Option<bool>),
    /// A whole number.
    Number(fn(&R) -> Option<i64>),
}

/// A column as a file is written with it.
pub(super) trait Typed<R> {
    /// Its name.
    fn name(&self) -> &str;

    /// Whether many rows share a value.
    fn repeats(&self) -> bool;

    /// The column in the language of Parquet's schemas.
    fn definition(&self) -> String;

    /// Writes the values of rows.
    fn write(&self, out: &mut SerializedColumnWriter<'_>, rows: &[R]) -> Result<(), ParquetError>;
}

impl<R> Typed<R> for Column<R> {
    fn name(&self) -> &str {
        self.name
    }

    fn repeats(&self) -> bool {
        self.repeats
    }

    fn definition(&self) -> String {
        let repetition = if self.is_nullable { "OPTIONAL" } else { "REQUIRED" };
        let (physical, logical) = match self.cell {
            Cell::Text(_) | Cell::Words(_) => ("BYTE_ARRAY", " (STRING)"),
            Cell::Instant(_) => ("INT64", " (TIMESTAMP(MILLIS,true))"),
            Cell::Truth(_) => ("BOOLEAN", ""),
            Cell::Number(_) => ("INT64", ""),
        };
        format!("{repetition} {physical} {}{logical};", self.name)
    }

    fn write(&self, out: &mut SerializedColumnWriter<'_>, rows: &[R]) -> Result<(), ParquetError> {
        let column = (self.name, self.is_nullable);
        match self.cell {
            Cell::Text(value) => {
                put::<ByteArrayType, R>(column, out, rows, |row| value(row).map(ByteArray::from))
            }
            Cell::Words(value) => put::<ByteArrayType, R>(column, out, rows, |row| {
                value(row).map(String::into_bytes).map(ByteArray::from)
            }),
            Cell::Instant(value) => put::<Int64Type, R>(column, out, rows, |row| {
                value(row).map(|seconds| seconds.saturating_mul(1_000))
            }),
            Cell::Truth(value) => put::<BoolType, R>(column, out, rows, value),
            Cell::Number(value) => put::<Int64Type, R>(column, out, rows, value),
        }
    }
}

/// The type of a column that is made while the program runs. A row may have no value in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Text in UTF-8; what is a list or an object, as JSON.
    Text,
    /// A whole number.
    Number,
    /// A number with a fraction.
    Fraction,
}

/// A column of values of JSON, which is made while the program runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FigureKind,
    /// Where a row has its value.
    pub position: usize,
}

/// Values, each at the position that its column names.
type Values = Vec<Value>;

impl Figure {
    /// The value of a row, unless it is null.
    fn value<'a>(&self, row: &'a Values) -> Option<&'a Value> {
        row.get(self.position).filter(|value| !value.is_null())
    }

    /// Whether a value can be in the column as it is. Nothing else may become null.
    fn takes(&self, value: &Value) -> bool {
        match self.kind {
            FigureKind::Text => true,
            FigureKind::Number => value.is_i64(),
            FigureKind::Fraction => value.is_number(),
        }
    }
}

impl Typed<Values> for Figure {
    fn name(&self) -> &str {
        &self.name
    }

    fn repeats(&self) -> bool {
        self.kind == FigureKind::Text
    }

    fn definition(&self) -> String {
        let (physical, logical) = match self.kind {
            FigureKind::Text => ("BYTE_ARRAY", " (STRING)"),
            FigureKind::Number => ("INT64", ""),
            FigureKind::Fraction => ("DOUBLE", ""),
        };
        format!("OPTIONAL {physical} {}{logical};", self.name)
    }

    fn write(&self, out: &mut SerializedColumnWriter<'_>, rows: &[Values]) -> Result<(), ParquetError> {
        let all = rows.iter().filter_map(|row| self.value(row));
        if let Some(other) = all.into_iter().find(|value| !self.takes(value)) {
            return Err(ParquetError::General(format!(
                "{other} does not fit into the column {}",
                self.name
            )));
        }
        let column = (self.name.as_str(), true);
        match self.kind {
            FigureKind::Text => put::<ByteArrayType, Values>(column, out, rows, |row| {
                let text = self.value(row).map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                });
                text.map(String::into_bytes).map(ByteArray::from)
            }),
            FigureKind::Number => {
                put::<Int64Type, Values>(column, out, rows, |row| self.value(row).and_then(Value::as_i64))
            }
            FigureKind::Fraction => {
                put::<DoubleType, Values>(column, out, rows, |row| self.value(row).and_then(Value::as_f64))
            }
        }
    }
}

/// Writes the values of rows into a column with this name, of which rows may have none or not.
fn put<T: DataType, R>(
    (name, is_nullable): (&str, bool),
    out: &mut SerializedColumnWriter<'_>,
    rows: &[R],
    value: impl Fn(&R) -> Option<T::T>,
) -> Result<(), ParquetError> {
    let Some(out) = T::get_column_writer_mut(out.untyped()) else {
        return Err(ParquetError::General(format!(
            "the column {name} has another type"
        )));
    };
    for rows in rows.chunks(PART) {
        // A level tells for each row whether it has a value; a column without nulls has no levels.
        let cells: Vec<Option<T::T>> = rows.iter().map(&value).collect();
        let levels: Option<Vec<i16>> =
            is_nullable.then(|| cells.iter().map(|cell| i16::from(cell.is_some())).collect());
        let values: Vec<T::T> = cells.into_iter().flatten().collect();
        out.write_batch(&values, levels.as_deref(), None)?;
    }
    Ok(())
}

/// The bytes of a file of values, which are the same for the same values.
///
/// # Errors
/// A value is not of the type of its column.
pub fn figures(name: &str, columns: &[Figure], rows: &[Vec<Value>]) -> Result<Vec<u8>, FileError> {
    file(name, columns, rows)
}

/// The bytes of a file with these rows, which are the same for the same rows.
pub(super) fn file<R, C: Typed<R>>(name: &str, columns: &[C], rows: &[R]) -> Result<Vec<u8>, FileError> {
    let definitions: String = columns.iter().map(C::definition).collect();
    let schema = parse_message_type(&format!("message {name} {{ {definitions} }}"))?;
    let mut out = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties(columns))?;
    for rows in rows.chunks(GROUP) {
        let mut group = out.next_row_group()?;
        for column in columns {
            if let Some(mut out) = group.next_column()? {
                column.write(&mut out, rows)?;
                out.close()?;
            }
        }
        group.close()?;
    }
    Ok(out.into_inner()?)
}

fn properties<R, C: Typed<R>>(columns: &[C]) -> WriterPropertiesPtr {
    let unique = columns.iter().filter(|column| !column.repeats());
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // Without a version: a new one alone rewrites no file.
        .set_created_by("collector".to_owned());
    let properties = unique.fold(properties, |properties, column| {
        properties.set_column_dictionary_enabled(ColumnPath::from(column.name()), false)
    });
    Arc::new(properties.build())
}
