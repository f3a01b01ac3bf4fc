//! Spans as they are stored: one array of starts and ends in turn.

use collector_commit::Spans;
use tokio_postgres::Row;

/// The stored form as a text, for `::bigint[]`: `unnest` would take an array of arrays apart.
pub(crate) fn spans_text(spans: &Spans) -> String {
    let ends: Vec<String> = spans
        .as_slice()
        .iter()
        .flat_map(|(from, to)| [from.to_string(), to.to_string()])
        .collect();
    format!("{{{}}}", ends.join(","))
}

/// The spans in a column of a row; null: none.
pub(crate) fn spans_of(row: &Row, column: usize) -> Result<Spans, tokio_postgres::Error> {
    let ends: Option<Vec<i64>> = row.try_get(column)?;
    let mut spans = Spans::default();
    for span in ends.unwrap_or_default().chunks(2) {
        if let [from, to] = *span {
            spans.add(from, to);
        }
    }
    Ok(spans)
}
