//! Spans as they are stored: JSON, `[[0,3600]]`, and none at all as null.

use collector_commit::Spans;
use rusqlite::Row;
use rusqlite::types::Type;

/// The stored form.
pub(super) fn spans_text(spans: &Spans) -> Result<Option<String>, rusqlite::Error> {
    if spans.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(spans)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    Ok(Some(text))
}

/// The spans in a column of a row.
pub(super) fn spans_of(row: &Row<'_>, column: usize) -> Result<Spans, rusqlite::Error> {
    let unreadable = |error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error);
    match row.get_ref(column)?.as_str_or_null() {
        Ok(None) => Ok(Spans::default()),
        Ok(Some(text)) => serde_json::from_str(text).map_err(|error| unreadable(error.into())),
        Err(error) => Err(unreadable(error.into())),
    }
}
