//! The reading of spaces: all spaces of a slice side by side, with at most two requests each in an ordinary pass.

use crate::advice;
use crate::api::{Trouble, Webex};
use crate::cursor::Cursor;
use crate::hours::{self, HOUR, Plan, floor, plan};
use crate::metrics::{Hours, Sample};
use crate::report::{self, Report, SETTLING};
use crate::settings::{self, PeopleCount};
use crate::sight::{Poll, Sight, Stretch, between};
use connector_sdk::{
    CollectError, Host, Kind, Level, Reason, SpaceOutcome, SpaceRequest, SpaceResult, Window,
};
use futures_util::future::{join, join_all};

/// How often counts are read again as far back as minutes are, in seconds: there are many of them.
const DEEP_EVERY: i64 = 6 * HOUR;

/// Reads what was reported about these spaces in the window, emits it, and returns the outcome of each space.
///
/// # Errors
/// Nothing at all could be done, for one reason: unusable settings, no token, a token that Webex does not accept.
pub(crate) async fn collect_usage<H: Host>(
    host: &H,
    settings: &str,
    spaces: &[SpaceRequest],
    window: Window,
) -> Result<Vec<SpaceResult>, CollectError> {
    let settings = settings::parse(settings)?;
    let webex = Webex::new(host, &settings);
    let read = async |space: &SpaceRequest| {
        let outcome = collect(&webex, space, window).await?;
        Ok(SpaceResult {
            key: space.key.clone(),
            outcome,
        })
    };
    let results = join_all(spaces.iter().map(read)).await;
    let lonely = spaces.iter().filter(|space| is_lonely(space)).count();
    if lonely > 0 {
        let message = format!(
            "{lonely} of {} workspaces were last looked at more than two hours before; of the time since then nobody knows \
             whether their devices were connected. Collect more often",
            spaces.len()
        );
        host.log(Level::Warn, &message);
    }
    results.into_iter().collect()
}

/// Whether the last poll of a space is too far back to tell anything.
fn is_lonely(space: &SpaceRequest) -> bool {
    let cursor = space.cursor.as_deref().and_then(Cursor::read);
    match (cursor, Poll::read(&space.notes)) {
        (Some(cursor), Some(poll)) => poll.presence && poll.at - cursor.poll.at > crate::sight::MAX_GAP,
        _ => false,
    }
}

/// What was read of a space.
#[derive(Default)]
struct Read {
    /// None if it was not read.
    used: Option<Hours>,
    most: Hours,
    people: Vec<Sample>,
}

async fn collect<H: Host>(
    webex: &Webex<'_, H>,
    space: &SpaceRequest,
    window: Window,
) -> Result<SpaceOutcome, CollectError> {
    let Some(poll) = Poll::read(&space.notes) else {
        return Ok(SpaceOutcome::Failed(Reason {
            message: "the notes on the workspace are not those of this version of the connector".to_owned(),
            advice: Some("The next listing of the spaces writes them anew.".to_owned()),
            code: None,
        }));
    };
    let before = space.cursor.as_deref().and_then(Cursor::read);
    let read = before.as_ref().and_then(|cursor| cursor.read);
    let now = poll.at;
    let plan = plan(window, now, read, is_deep(&space.key, now, read));
    // Detection may have been switched off, or its device taken away, since the last pass.
    let counts = poll.sees_people() || before.as_ref().is_some_and(|cursor| cursor.poll.sees_people());
    let mut cursor = after(before, poll, plan);
    // Only of hours that are read in this pass, and not of those that would be read too early.
    let mut settled = match plan.hours {
        Some((from, until)) => report::settle(&mut cursor.pending, (from, until - SETTLING)),
        None => Vec::new(),
    };
    let is_observed = |stretch: &Stretch| stretch.sight == Sight::Observed;
    let observes = settled.iter().any(is_observed);
    let whole = (floor(window.start), floor(window.end.min(now)));
    // Before there is coverage no minutes are emitted, but asked for: so a missing permission shows at once. With the first coverage it is those
    // of the whole window that are emitted.
    let used = match plan.hours {
        Some(_) if observes && !cursor.covered => Some(whole),
        Some(hours) if observes || cursor.poll.sees_use() => Some(hours),
        _ => None,
    };
    let found = match ask(webex, &space.key, &cursor.poll, plan, used, counts).await {
        Ok(found) => found,
        Err((what, trouble)) => return advice::of_space(what, &trouble, webex.settings),
    };
    if found.used.is_none() {
        settled.retain(|stretch| !is_observed(stretch));
    }
    cursor.covered |= settled.iter().any(is_observed);
    let report = Report {
        host: webex.host,
        space: &space.key,
        now,
    };
    let emitted = (|| {
        report.coverage(&settled)?;
        if let Some(used) = found.used.as_ref().filter(|_| cursor.covered) {
            report.hours(Kind::InUse, used, &mut cursor.used)?;
        }
        report.hours(Kind::PeopleCount, &found.most, &mut cursor.counted)?;
        report.samples(&found.people, plan.samples.map_or(now, |(_, end)| end))
    })();
    Ok(match emitted {
        Ok(()) => SpaceOutcome::Collected(cursor.text()),
        Err(error) => error.into(),
    })
}

/// The cursor after a poll, with what it says about the time since the one before.
fn after(before: Option<Cursor>, poll: Poll, plan: Plan) -> Cursor {
    let Some(mut cursor) = before else {
        return Cursor::new(poll, plan.read);
    };
    let gap = poll.at - cursor.poll.at;
    let mut stretches = between(&cursor.poll, &poll);
    // The poll of a pass that failed is lost, and the devices may have been offline at it. Whether one was is not known of the first gap.
    if cursor.gap.is_none_or(|usual| gap > usual + usual / 2) {
        stretches.retain(|stretch| stretch.sight != Sight::Observed);
    }
    report::add(&mut cursor.pending, stretches, poll.at);
    if gap > 0 {
        cursor.gap = Some(gap);
    }
    cursor.read = plan.read;
    // The same listing may come twice.
    if cursor.poll.at < poll.at {
        cursor.poll = poll;
    }
    cursor
}

/// Asks for what is configured, side by side: for minutes of use in `used`, for counts by the plan.
async fn ask<H: Host>(
    webex: &Webex<'_, H>,
    workspace: &str,
    poll: &Poll,
    plan: Plan,
    used: Option<hours::Span>,
    counts: bool,
) -> Result<Read, (&'static str, Trouble)> {
    // What is no longer configured may be refused. Then there is nothing to read any more.
    let is_gone = |configured: bool, trouble: &Trouble| {
        !configured
            && matches!(trouble, Trouble::Refused(refusal) if matches!(refusal.status, 400 | 404 | 410))
    };
    let used = async {
        let Some(hours) = used else { return Ok(None) };
        match webex.seconds_used(workspace, hours).await {
            Err(trouble) if is_gone(poll.sees_use(), &trouble) => Ok(None),
            read => read.map(Some),
        }
    };
    let people = async {
        let mut read = Read::default();
        match (webex.settings.people, plan) {
            (
                PeopleCount::Auto,
                Plan {
                    samples: Some(span), ..
                },
            ) if counts => {
                read.people = webex.people(workspace, span).await?;
            }
            (
                PeopleCount::Hourly,
                Plan {
                    hours: Some(span), ..
                },
            ) if counts => {
                read.most = webex.most_people(workspace, span).await?;
            }
            _ => {}
        }
        Ok(read)
    };
    let (used, people) = join(used, people).await;
    let used = used.map_err(|trouble| ("the minutes of use", trouble))?;
    let people = match people {
        Err(trouble) if is_gone(poll.sees_people(), &trouble) => Read::default(),
        people => people.map_err(|trouble| ("the people counts", trouble))?,
    };
    Ok(Read { used, ..people })
}

/// Whether counts are read again as far back as minutes are. Not in the same pass for all spaces.
fn is_deep(key: &str, now: i64, read: Option<hours::Span>) -> bool {
    let offset = key.bytes().map(i64::from).sum::<i64>() * HOUR;
    let turn = |at: i64| (at + offset).div_euclid(DEEP_EVERY);
    read.is_some_and(|(_, until)| turn(until) != turn(floor(now)))
}
