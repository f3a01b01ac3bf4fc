//! Many requests in batches. A batch whose answer is too large or takes too long is halved, so that one request does not cost the others their
//! answers; after two single ones in a row the fault is not theirs.

use crate::refusal::{asks_to_wait, is_of_the_source};
use connector_sdk::{FetchError, Host};
use graph::batch::{self, Ask};
use graph::{Graph, Trouble};
use std::ops::Range;

/// After so many single requests in a row that were too much, no more are sent.
const STRIKES: usize = 2;

/// Sends these requests, and hands the body of each answer, or the trouble instead, to `take`, with the place of the request.
///
/// # Errors
/// Further requests would have this trouble too; `take` got it for all that were not sent.
pub(crate) async fn send<H: Host>(
    graph: &Graph<'_, H>,
    urls: &[String],
    mut take: impl FnMut(usize, Result<&str, &Trouble>),
) -> Result<(), Trouble> {
    // The next one is last.
    let mut due: Vec<Range<usize>> = (0..urls.len())
        .step_by(batch::SIZE)
        .map(|from| from..urls.len().min(from + batch::SIZE))
        .rev()
        .collect();
    let mut strikes = 0;
    while let Some(range) = due.pop() {
        let asked = urls.get(range.clone()).unwrap_or_default();
        let answer = batch::get(graph, asked.iter().map(|url| Ask::plain(url))).await;
        let parts = answer
            .as_ref()
            .map_err(Trouble::clone)
            .and_then(|answer| answer.parts());
        let end = match parts {
            Ok(parts) => {
                strikes = 0;
                let several = range.len() > 1;
                let mut served = false;
                let mut last = None;
                for (at, part) in range.zip(parts) {
                    let part = batch::success(part);
                    take(at, part.as_ref().map(|part| part.body.as_ref()));
                    match part {
                        Err(trouble) if asks_to_wait(&trouble) || is_of_the_source(&trouble) => {
                            last = Some(trouble);
                        }
                        _ => served = true,
                    }
                }
                // If all of several were refused so, the next batch would be too. A single one may be the record of a huge meeting.
                last.filter(|_| several && !served)
            }
            Err(trouble) if is_too_much(&trouble) && range.len() > 1 => {
                let middle = range.start + range.len() / 2;
                due.extend([middle..range.end, range.start..middle]);
                None
            }
            Err(trouble) => {
                range.for_each(|at| take(at, Err(&trouble)));
                strikes += usize::from(is_too_much(&trouble));
                let goes_on =
                    matches!(trouble, Trouble::Unreadable(_)) || is_too_much(&trouble) && strikes < STRIKES;
                (!goes_on).then_some(trouble)
            }
        };
        if let Some(trouble) = end {
            due.into_iter().flatten().for_each(|at| take(at, Err(&trouble)));
            return Err(trouble);
        }
    }
    Ok(())
}

/// Whether fewer requests at once may help.
fn is_too_much(trouble: &Trouble) -> bool {
    match trouble {
        Trouble::Fetch(error) => {
            matches!(error, FetchError::BodySize(_) | FetchError::ResponseTimeout(_))
        }
        Trouble::Refused(refusal) => refusal.status == 504,
        Trouble::Unreadable(_) => false,
    }
}
