//! Pages that name the next one by a link.

use crate::client::{Graph, Trouble};
use connector_sdk::Host;
use std::collections::HashSet;

/// The links that were followed from page to page of one collection.
#[derive(Debug, Default)]
pub struct Links(HashSet<String>);

impl Links {
    /// The next page, relative to the version root.
    ///
    /// # Errors
    /// The link leads elsewhere, or in a circle.
    pub fn follow<H: Host>(&mut self, graph: &Graph<'_, H>, link: &str) -> Result<String, Trouble> {
        let unreadable = |why: &str| Trouble::Unreadable(why.to_owned());
        let next = graph
            .relative(link)
            .ok_or_else(|| unreadable("its next page is on another server or path"))?;
        if !self.0.insert(next.clone()) {
            return Err(unreadable("a page names itself as the next one"));
        }
        Ok(next)
    }
}
