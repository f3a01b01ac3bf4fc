//! Lists in pages, with their faults: a page may be empty and still name a next one, and a next page may be an earlier one.

use crate::api::{Trouble, Webex, text};
use crate::link;
use connector_sdk::Host;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

/// How many items a page may have. Webex answers pages that take it too long with 504; then the next smaller size is tried.
const SIZES: [usize; 2] = [200, 50];

/// More pages than any organisation has: 100,000 items.
const MAX_PAGES: usize = 500;

/// An item of a list.
pub(crate) struct Item {
    pub(crate) value: Value,
    /// When its page was given, by Webex's clock.
    pub(crate) at: Option<i64>,
    /// The number of its page.
    pub(crate) page: usize,
}

#[derive(Deserialize)]
struct Page {
    items: Option<Vec<Value>>,
}

impl<H: Host> Webex<'_, H> {
    /// Takes the items on all pages of a list, in order; an item may come twice. `query` has no question mark. Returns why the list may be
    /// incomplete, if it may.
    pub(crate) async fn pages(
        &self,
        path: &str,
        query: &str,
        mut take: impl FnMut(Item),
    ) -> Result<Option<String>, Trouble> {
        let mut result = Ok(None);
        for size in SIZES {
            let and = if query.is_empty() { "" } else { "&" };
            let first = format!("{}{path}?{query}{and}max={size}", self.settings.base);
            result = self.follow(first, &mut take).await;
            if !matches!(&result, Err(Trouble::Refused(refusal)) if refusal.status == 504) {
                break;
            }
        }
        result
    }

    async fn follow(&self, mut url: String, take: &mut impl FnMut(Item)) -> Result<Option<String>, Trouble> {
        let mut seen = HashSet::new();
        let mut ids = HashSet::new();
        let mut empty = 0;
        for page in 0..MAX_PAGES {
            if !seen.insert(url.clone()) {
                return Ok(Some("a page names an earlier page as the next one".to_owned()));
            }
            let answer = self.get_url::<Page>(url).await?;
            let items = answer.value.items;
            let items = items.ok_or_else(|| Trouble::Unreadable("it has no items".to_owned()))?;
            empty = if items.is_empty() { empty + 1 } else { 0 };
            // Of an item without an id nobody knows whether it came before.
            let is_new = |item: &&Value| text(item, "id").is_none_or(|id| ids.insert(digest(id)));
            let new = items.iter().filter(is_new).count();
            let brings = items.is_empty() || new > 0;
            for value in items {
                take(Item {
                    value,
                    at: answer.at,
                    page,
                });
            }
            let Some(next) = answer.next else { return Ok(None) };
            // One may stand between full pages. An endless chain of them is a known fault.
            if empty > 1 {
                return Ok(Some("two empty pages in a row name a next one".to_owned()));
            }
            if !brings {
                return Ok(Some(
                    "a page has only items of earlier pages and names a next one".to_owned(),
                ));
            }
            url = link::inside(&self.settings.base, &next).ok_or_else(|| {
                Trouble::Unreadable("its next page is on another server or path".to_owned())
            })?;
        }
        Ok(Some(format!("it has more than {MAX_PAGES} pages")))
    }
}

/// A short form of an id.
fn digest(id: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(id)
}
