//! A source's settings against the JSON Schema of its connector, in words for people.
//!
//! | file | what it does |
//! | --- | --- |
//! | `schema` | a schema, ready for use |
//! | `rules` | what a schema may hold, so that it is cheap to use |
//! | `words` | problems with settings, in the schema's own words |

mod rules;
mod schema;
mod words;

pub use rules::SchemaError;
pub use schema::Schema;
pub use words::Words;

/// The longest text taken from a schema, in bytes: nobody reads more.
const TEXT: usize = 2_048;

/// A text of a schema or of the library that reads it, cut to its limit.
fn short(mut text: String) -> String {
    if text.len() > TEXT {
        text.truncate(text.floor_char_boundary(TEXT - '…'.len_utf8()));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
