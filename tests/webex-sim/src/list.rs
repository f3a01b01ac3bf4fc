//! Lists page by page, with the ways in which paging goes wrong. The link to the next page is in a header (RFC 5988).

use serde_json::{Value, json};
use sim::Answer;

use crate::answer::{found, refused};
use crate::call::Call;
use crate::fault::Fault;

/// One page of these items.
pub(crate) fn list<T>(call: &Call<'_>, items: &[T], json: impl Fn(&T) -> Value) -> Result<Answer, Answer> {
    let most = call.organization.page;
    let size = call.number("max")?.unwrap_or(most).clamp(1, most);
    if let Some(Fault::MaxOver(limit)) = call.fault
        && size > *limit
    {
        return Err(refused(
            504,
            "The request took too long. Try it with a smaller max.",
        ));
    }
    let from = call.start()?.min(items.len());
    let mut to = from.saturating_add(size).min(items.len());
    let mut next = (to < items.len()).then(|| call.url_at(to));
    match call.fault {
        Some(Fault::EmptyPage) => {
            to = from;
            next = Some(call.url_at(from));
        }
        Some(Fault::TrailingEmptyPage) if next.is_none() && from < to => next = Some(call.url_at(to)),
        Some(Fault::RepeatedNextLink) => next = Some(call.here()),
        Some(Fault::EndlessChain) => next = Some(call.url_at(if to < items.len() { to } else { 0 })),
        _ => {}
    }
    let page: Vec<Value> = items.get(from..to).unwrap_or_default().iter().map(json).collect();
    let answer = found(&json!({"items": page}));
    Ok(match next {
        Some(next) => answer.header("link", format!("<{next}>; rel=\"next\"")),
        None => answer,
    })
}
