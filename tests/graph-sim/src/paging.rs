//! The items of a page and the address of the next one, with the ways in which paging goes wrong.

use crate::fault::Fault;
use crate::ids;
use crate::request::Request;

/// One page of a list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The address of the next page, from the root of the version.
    pub(crate) next: Option<String>,
}

pub(crate) fn page(request: &Request, total: usize, skip: usize, size: usize) -> Page {
    let from = skip.min(total);
    let to = from.saturating_add(size.max(1)).min(total);
    let next = (to < total).then(|| request.target_with_skip(to));
    match &request.fault {
        Some(Fault::EmptyPage | Fault::EmptyFirstPage) => {
            // A different token each time, so that the link does not look like a cycle.
            let next = format!("{}&$skiptoken={}", request.target_with_skip(from), ids::fresh());
            Page {
                from,
                to: from,
                next: Some(next),
            }
        }
        Some(Fault::TrailingEmptyPage) if next.is_none() && from < total => Page {
            from,
            to,
            next: Some(request.target_with_skip(total)),
        },
        Some(Fault::RepeatedNextLink) => Page {
            from,
            to,
            next: Some(request.target_with_skip(from)),
        },
        Some(Fault::AlternatingNextLink) if from > 0 => Page {
            from,
            to,
            next: Some(request.target_with_skip(from.saturating_sub(size.max(1)))),
        },
        Some(Fault::RepeatedEvent) => Page {
            from: from.saturating_sub(1),
            to,
            next,
        },
        _ => Page { from, to, next },
    }
}
