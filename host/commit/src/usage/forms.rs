//! How the values of records are stored: as numbers.

use collector_model::usage::{Form, Kind, Value};

/// The stored form of kinds: a bit for each.
pub fn bits(kinds: &[Kind]) -> u32 {
    kinds
        .iter()
        .fold(0, |bits, kind| bits | 1 << position(Kind::ALL, *kind))
}

/// The kinds of a stored form, sorted.
pub fn kinds(bits: u32) -> Vec<Kind> {
    Kind::ALL
        .iter()
        .filter(|kind| bits & (1 << position(Kind::ALL, **kind)) != 0)
        .copied()
        .collect()
}

/// The stored form of a value: its position in the model's list, which only ever grows at its end.
pub fn position<T: PartialEq>(all: &[T], value: T) -> u32 {
    all.iter()
        .position(|known| *known == value)
        .and_then(|position| u32::try_from(position).ok())
        .unwrap_or_default()
}

/// The value of a stored form; none if there is no such value.
pub fn of_position<T: Copy>(all: &[T], position: i64) -> Option<T> {
    let position = usize::try_from(position).ok()?;
    all.get(position).copied()
}

/// The stored form of what a record reports: 0 and 1 are false and true.
pub fn number(value: Value) -> u32 {
    match value {
        Value::Is(value) => u32::from(value),
        Value::Number(number) => number,
    }
}

/// What a record of this kind and form reports, of its stored form.
pub fn value(kind: Kind, form: Form, number: u32) -> Value {
    if kind == Kind::PeopleCount || form == Form::Bucket {
        Value::Number(number)
    } else {
        Value::Is(number != 0)
    }
}
