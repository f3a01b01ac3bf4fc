//! The fields of a submitted form: one value each. Unknown fields are ignored.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use axum::http::StatusCode;
use url::form_urlencoded;

use crate::fault::Fault;

/// The fields of a form. They may hold passwords, so there is no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Fields(Arc<BTreeMap<String, String>>);

impl Fields {
    /// Reads a body of `application/x-www-form-urlencoded`, or a query. Turns line ends into `\n`, as they were typed.
    ///
    /// # Errors
    /// A field occurs twice: code that reads the first and code that reads the last would see different forms.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Fault> {
        let mut fields = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(body) {
            match fields.entry(key.into_owned()) {
                Entry::Vacant(place) => place.insert(value.replace("\r\n", "\n")),
                Entry::Occupied(_) => {
                    return Err(Fault::new(
                        StatusCode::BAD_REQUEST,
                        "The form could not be read",
                        "A field has two values. Go back, reload the page, and submit the form again.",
                    ));
                }
            };
        }
        Ok(Self(Arc::new(fields)))
    }

    /// A field as it was typed; empty when it is absent.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// A field that was filled in.
    pub(crate) fn given(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a box was ticked.
    pub(crate) fn ticked(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The names of all fields, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
