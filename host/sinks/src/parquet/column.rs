//! A file of rows, written column by column.
//!
//! Only what every reader of Parquet understands: version 1 of its pages, Snappy, dictionaries, statistics.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

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

impl<R> Column<R> {
    /// The column in the language of Parquet's schemas.
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
        match self.cell {
            Cell::Text(value) => self.put::<ByteArrayType>(out, rows, |row| value(row).map(ByteArray::from)),
            Cell::Words(value) => self.put::<ByteArrayType>(out, rows, |row| {
                value(row).map(String::into_bytes).map(ByteArray::from)
            }),
            Cell::Instant(value) => self.put::<Int64Type>(out, rows, |row| {
                value(row).map(|seconds| seconds.saturating_mul(1_000))
            }),
            Cell::Truth(value) => self.put::<BoolType>(out, rows, value),
            Cell::Number(value) => self.put::<Int64Type>(out, rows, value),
        }
    }

    fn put<T: DataType>(
        &self,
        out: &mut SerializedColumnWriter<'_>,
        rows: &[R],
        value: impl Fn(&R) -> Option<T::T>,
    ) -> Result<(), ParquetError> {
        let Some(out) = T::get_column_writer_mut(out.untyped()) else {
            return Err(ParquetError::General(format!(
                "the column {} has another type",
                self.name
            )));
        };
        for rows in rows.chunks(PART) {
            // A level tells for each row whether it has a value; a column without nulls has no levels.
            let cells: Vec<Option<T::T>> = rows.iter().map(&value).collect();
            let levels: Option<Vec<i16>> = self
                .is_nullable
                .then(|| cells.iter().map(|cell| i16::from(cell.is_some())).collect());
            let values: Vec<T::T> = cells.into_iter().flatten().collect();
            out.write_batch(&values, levels.as_deref(), None)?;
        }
        Ok(())
    }
}

/// The bytes of a file with these rows, which are the same for the same rows.
pub(super) fn file<R>(name: &str, columns: &[Column<R>], rows: &[R]) -> Result<Vec<u8>, FileError> {
    let definitions: String = columns.iter().map(Column::definition).collect();
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

fn properties<R>(columns: &[Column<R>]) -> WriterPropertiesPtr {
    let unique = columns.iter().filter(|column| !column.repeats);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // Without a version: a new one alone rewrites no file.
        .set_created_by("collector".to_owned());
    let properties = unique.fold(properties, |properties, column| {
        properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false)
    });
    Arc::new(properties.build())
}
