//! `calendarView` of a mailbox. Source: "List calendarView", Microsoft Graph.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use crate::answer::{Answer, GraphAnswer as _};
use crate::call::Call;
use crate::fault::Fault;
use crate::paging::page;
use crate::request::{Preferences, Request, encoded};
use crate::room::{Mailbox, Missing, Refusal, Room};
use crate::wire::{Form, PROPERTIES, Written, write};

/// Longest window of a view, in days.
const LONGEST: i64 = 1825;
/// The default page size.
pub(crate) const DEFAULT_PAGE: usize = 10;
/// Exchange's largest page.
pub(crate) const LARGEST_PAGE: usize = 1000;
/// How far beyond the requested window items are written, so that a later window finds them ready.
const AHEAD: Duration = Duration::days(40);

/// Rooms' events as already written, by room and form of request, until the tenant changes.
#[derive(Default)]
pub(crate) struct Ready {
    written: Mutex<HashMap<String, Arc<Written>>>,
}

impl Ready {
    pub(crate) fn clear(&self) {
        self.written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn get(&self, room: &Room, form: &Form<'_>, from: DateTime<Utc>, to: DateTime<Utc>) -> Arc<Written> {
        let select = form
            .select
            .as_ref()
            .map_or_else(|| "*".to_owned(), |names| names.join(","));
        let key = format!(
            "{}|{select}|{}|{}",
            room.place_id, form.zone_label, form.immutable_ids
        );
        let found = self
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(found) = found.filter(|found| found.from <= from && found.to >= to) {
            return found;
        }
        let made = Arc::new(write(room, form, from - AHEAD, to + AHEAD));
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // Clients that keep asking for other forms must not fill the memory.
        if written.len() > 20_000 {
            written.clear();
        }
        written.insert(key, Arc::clone(&made));
        made
    }
}

/// The mailbox with this key from the address, and its delay before each answer; or the refusal for this
/// caller.
fn mailbox<'a>(call: &Call<'a>, key: &str) -> Result<(Cow<'a, Room>, std::time::Duration), Answer> {
    let Call { tenant, caller, .. } = *call;
    let room = tenant
        .rooms
        .iter()
        .find(|room| room.place_id.eq_ignore_ascii_case(key) || room.upn.eq_ignore_ascii_case(key));
    let by_role = caller.known_to_mailboxes && caller.has_any(&["Calendars.Read", "Calendars.ReadWrite"]);
    let by_scope = room.is_some_and(|room| {
        let app = tenant.apps.iter().find(|app| app.client_id == caller.client_id);
        app.and_then(|app| app.exchange_scope.as_ref())
            .is_some_and(|scope| scope.contains(&room.address.to_lowercase()))
    });
    if !by_role && !by_scope {
        return Err(Answer::refusal(Refusal::AccessDenied));
    }
    let Some(room) = room else {
        let person = tenant
            .users
            .iter()
            .find(|user| user.id == key || user.address.eq_ignore_ascii_case(key));
        return match person {
            Some(user) => Ok((
                Cow::Owned(Room::new(&user.address, &user.name)),
                std::time::Duration::ZERO,
            )),
            None => Err(Answer::missing(Missing::InvalidUser, key)),
        };
    };
    match room.mailbox {
        Mailbox::Normal => Ok((Cow::Borrowed(room), std::time::Duration::ZERO)),
        Mailbox::Slow(delay) => Ok((Cow::Borrowed(room), delay)),
        Mailbox::Refused(refusal) => Err(Answer::refusal(refusal)),
        Mailbox::Missing(form) => Err(Answer::missing(form, key)),
        Mailbox::OnPremises => Err(Answer::missing(Missing::NotEnabledForRest, key)),
    }
}

/// Runs `ask` on the mailbox with this key and delays its answer; or answers with the mailbox's refusal.
pub(crate) fn answered(
    call: &Call<'_>,
    key: &str,
    ask: impl FnOnce(&Room) -> Result<Answer, Answer>,
) -> Answer {
    match mailbox(call, key) {
        Ok((room, delay)) => match ask(&room) {
            Ok(answer) | Err(answer) => answer.after(delay),
        },
        Err(refusal) => refusal,
    }
}

/// Answers `/users/{key}/calendarView` and its like; `key` is from the address.
pub(crate) fn view(call: &Call<'_>, ready: &Ready, key: &str) -> Answer {
    answered(call, key, |room| events(call, ready, room, key))
}

fn events(call: &Call<'_>, ready: &Ready, room: &Room, key: &str) -> Result<Answer, Answer> {
    let (base, request) = (call.base, call.request);
    let preferences = Preferences::of(request)?;
    let (from, to) = window(request)?;
    for option in ["$filter", "$search", "$expand"] {
        if request.parameter(option).is_some() {
            return Err(Answer::error(
                501,
                "NotImplemented",
                &format!("The simulator does not know {option} of calendarView."),
            ));
        }
    }
    let backwards = match request
        .parameter("$orderby")
        .map(str::to_ascii_lowercase)
        .as_deref()
    {
        None | Some("start/datetime" | "start/datetime asc") => false,
        Some("start/datetime desc") => true,
        Some(other) => {
            return Err(Answer::error(
                501,
                "NotImplemented",
                &format!("The simulator cannot sort by {other}."),
            ));
        }
    };
    let select = request.select().map(known_names).transpose()?;
    let top = request.number("$top")?;
    if let Some(top) = top.filter(|top| *top > LARGEST_PAGE) {
        return Err(Answer::top_exceeded(LARGEST_PAGE, top));
    }
    let size = top
        .or(preferences.page_size.map(|size| size.min(LARGEST_PAGE)))
        .unwrap_or(DEFAULT_PAGE);
    let skip = request.number("$skip")?.unwrap_or(0);

    let utc = ("UTC".to_owned(), chrono_tz::Tz::UTC);
    let (zone_label, zone) = preferences.zone.as_ref().unwrap_or(&utc);
    let form = Form {
        select,
        zone: *zone,
        zone_label,
        immutable_ids: preferences.immutable_ids,
    };
    let written = ready.get(room, &form, from, to);
    let (from, to) = (from.timestamp(), to.timestamp());
    let mut shown: Vec<_> = written
        .items
        .iter()
        .filter(|item| item.start < to && (item.end > from || (item.start == item.end && item.start >= from)))
        .collect();
    if backwards {
        shown.reverse();
    }
    let total = shown.len();
    let page = page(request, total, skip, size);
    let asked = top.or(preferences.page_size);
    request.check_page(asked, size, page.to - page.from)?;
    let mut shown = shown.get(page.from..page.to).unwrap_or_default().to_vec();
    if request.fault == Some(Fault::ReplayedItems) {
        shown.extend(shown.clone());
    }

    let mut body = Vec::with_capacity(600 + shown.iter().map(|item| item.to - item.from + 1).sum::<usize>());
    body.extend_from_slice(b"{\"@odata.context\":");
    let names = form
        .select
        .map_or_else(String::new, |names| format!("({})", names.join(",")));
    let context = format!("{base}/$metadata#users('{}')/calendarView{names}", encoded(key));
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(&mut body, &context);
    if request.parameter("$count") == Some("true") {
        body.extend_from_slice(format!(",\"@odata.count\":{total}").as_bytes());
    }
    body.extend_from_slice(b",\"value\":[");
    for (place, item) in shown.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(written.buffer.get(item.from..item.to).unwrap_or_default());
    }
    body.push(b']');
    if let Some(next) = page.next {
        body.extend_from_slice(b",\"@odata.nextLink\":");
        let _ = serde_json::to_writer(&mut body, &format!("{base}{next}"));
    }
    body.push(b'}');
    Ok(preferences.told_in(Answer::bytes(body)))
}

/// The selected properties as the schema writes them.
fn known_names(names: Vec<&str>) -> Result<Vec<&'static str>, Answer> {
    let known = |name: &str| {
        ["id"]
            .iter()
            .chain(&PROPERTIES)
            .find(|known| known.eq_ignore_ascii_case(name))
            .copied()
    };
    let refused = |name: &str| {
        Answer::error(
            400,
            "RequestBroker--ParseUri",
            &format!("Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Event'."),
        )
    };
    names
        .into_iter()
        .map(|name| known(name).ok_or_else(|| refused(name)))
        .collect()
}

/// The bounds of a view, read with their offset, or in UTC without one.
pub(crate) fn window(request: &Request) -> Result<(DateTime<Utc>, DateTime<Utc>), Answer> {
    let (Some(from), Some(to)) = (
        request.parameter("startDateTime"),
        request.parameter("endDateTime"),
    ) else {
        return Err(Answer::error(
            400,
            "ErrorInvalidParameter",
            "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
        ));
    };
    let (from, to) = (bound("StartDateTime", from)?, bound("EndDateTime", to)?);
    if to < from {
        return Err(Answer::error(
            400,
            "ErrorInvalidParameter",
            "The parameter 'EndDateTime' must not be before 'StartDateTime'.",
        ));
    }
    if to - from > Duration::days(LONGEST) {
        return Err(Answer::error(
            400,
            "ErrorInvalidRequest",
            "Your request can't be completed. The range between the start and end dates is greater than the allowed range. Maximum number of days: 1825",
        ));
    }
    Ok((from, to))
}

fn bound(name: &str, text: &str) -> Result<DateTime<Utc>, Answer> {
    let utc = |local: NaiveDateTime| local.and_utc();
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .or_else(|_| text.parse::<NaiveDateTime>().map(utc))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").map(utc))
        .or_else(|_| {
            text.parse::<chrono::NaiveDate>()
                .map(|day| utc(day.and_time(chrono::NaiveTime::MIN)))
        })
        .map_err(|_| {
            Answer::error(
                400,
                "ErrorInvalidParameter",
                &format!("The value '{text}' of parameter '{name}' is invalid."),
            )
        })
}
