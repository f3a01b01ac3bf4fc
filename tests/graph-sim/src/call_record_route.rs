//! Call records, their sessions and participants.
//! Source: "List callRecords", "Get callRecord", "List callRecord sessions", "List participants_v2", Microsoft Graph.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, GraphAnswer as _};
use crate::call::Call;
use crate::call_party::Resolved;
use crate::call_record::Shown;
use crate::call_record_limit::Limits;
use crate::call_record_query::{Expand, Filter, check_options, check_select};
use crate::call_record_wire::{Writer, without_nulls};
use crate::fault::Fault;
use crate::paging::page;
use crate::request::{Preferences, Request, encoded};

/// Most records, and most sessions of a record, on one page.
const MOST: usize = 60;
/// Most participants of a record on one page.
const MOST_PARTICIPANTS: usize = 130;

/// Answers `/communications/callRecords` and what is below it; `rest` is what follows.
pub(crate) fn call_records(call: &Call<'_>, rest: &[&str], limits: &Limits, now: DateTime<Utc>) -> Answer {
    answered(call, rest, limits, now).unwrap_or_else(|refusal| refusal)
}

fn answered(call: &Call<'_>, rest: &[&str], limits: &Limits, now: DateTime<Utc>) -> Result<Answer, Answer> {
    let (tenant, request) = (call.tenant, call.request);
    if !call.caller.has_any(&["CallRecords.Read.All"]) {
        // The service answers without words.
        return Err(Answer::error(403, "Forbidden", ""));
    }
    let further = request.parameter("$skip").is_some();
    if !tenant.calls.unlimited {
        let record = rest.first().map(|id| (*id, further));
        limits.count(&call.caller.client_id, record, now)?;
    }
    let route = Route {
        call,
        writer: Writer {
            tenant: &tenant.id,
            base: call.base,
        },
    };
    let Some((id, rest)) = rest.split_first() else {
        let shown = tenant.calls.shown(now);
        return route.list(shown);
    };
    let mut all = tenant.calls.shown(now);
    let found = all.find(|shown| shown.id.eq_ignore_ascii_case(id));
    let shown = found.ok_or_else(|| Answer::error(404, "NotFound", ""))?;
    let [part] = rest else {
        return if rest.is_empty() {
            route.one(&shown)
        } else {
            Err(Answer::no_segment(rest.last().unwrap_or(&"")))
        };
    };
    match part.to_lowercase().as_str() {
        "sessions" => route.sessions(&shown),
        "participants_v2" => route.participants(&shown),
        _ => Err(Answer::no_segment(part)),
    }
}

struct Route<'a> {
    call: &'a Call<'a>,
    writer: Writer<'a>,
}

impl Route<'_> {
    fn list<'s>(&self, shown: impl Iterator<Item = Shown<'s>>) -> Result<Answer, Answer> {
        let request = self.call.request;
        check_options(request, &["$filter", "$select"])?;
        check_select(request)?;
        let filter = Filter::of(request)?;
        let found: Vec<Shown<'_>> = shown.filter(|shown| filter.fits(shown)).collect();
        let page = items(request, &found, MOST, |shown| {
            request.selected(&self.writer.record(shown))
        })?;
        self.collection(&self.selection(), page)
    }

    /// `(id,version)`, for a context.
    fn selection(&self) -> String {
        let names = self.call.request.select();
        names.map_or_else(String::new, |names| format!("({})", names.join(",")))
    }

    fn sessions(&self, shown: &Shown<'_>) -> Result<Answer, Answer> {
        check_options(self.call.request, &["$expand"])?;
        let expand = Expand::of_sessions(self.call.request)?;
        let page = self.page_of_sessions(self.call.request, shown, expand.segments)?;
        self.collection(&format!("('{}')/sessions", shown.id), page)
    }

    fn page_of_sessions(
        &self,
        request: &Request,
        shown: &Shown<'_>,
        segments: bool,
    ) -> Result<Items, Answer> {
        items(request, &shown.record.sessions, MOST, |session| {
            self.writer.session(shown.id, session, segments)
        })
    }

    fn participants(&self, shown: &Shown<'_>) -> Result<Answer, Answer> {
        check_options(self.call.request, &[])?;
        let page = self.page_of_participants(self.call.request, shown)?;
        self.collection(&format!("('{}')/participants_v2", shown.id), page)
    }

    fn page_of_participants(&self, request: &Request, shown: &Shown<'_>) -> Result<Items, Answer> {
        let mut found: Vec<&Resolved> = Vec::new();
        for party in shown.record.everybody() {
            if found.iter().all(|known| known.id != party.id) {
                found.push(party);
            }
        }
        items(request, &found, MOST_PARTICIPANTS, |party| {
            self.writer.participant(party)
        })
    }

    fn one(&self, shown: &Shown<'_>) -> Result<Answer, Answer> {
        let (base, request) = (self.call.base, self.call.request);
        check_options(request, &["$select", "$expand"])?;
        check_select(request)?;
        let expand = Expand::of_record(request)?;
        let root = format!("{base}/$metadata#communications/callRecords");
        let expanded = match (expand.sessions, expand.segments) {
            (true, true) => "(sessions(segments()))".to_owned(),
            (true, false) => "(sessions())".to_owned(),
            (false, _) => self.selection(),
        };
        let mut whole = Map::new();
        whole.insert(
            "@odata.context".to_owned(),
            json!(format!("{root}{expanded}/$entity")),
        );
        if let Value::Object(fields) = request.selected(&self.writer.record(shown)) {
            whole.extend(fields);
        }
        // Its own pages have addresses of their own.
        let below = |part: &str| Request {
            target: format!("/communications/callRecords('{}')/{part}", encoded(shown.id)),
            ..request.clone()
        };
        if expand.participants {
            let page = self.page_of_participants(&below("participants_v2"), shown)?;
            self.insert(&mut whole, "participants_v2", page);
        } else {
            let context = format!("{root}('{}')/participants_v2", shown.id);
            whole.insert("participants_v2@odata.context".to_owned(), json!(context));
        }
        if expand.sessions {
            let target = if expand.segments {
                "sessions?$expand=segments"
            } else {
                "sessions"
            };
            let page = self.page_of_sessions(&below(target), shown, expand.segments)?;
            self.insert(&mut whole, "sessions", page);
        }
        self.told(Value::Object(whole))
    }

    fn insert(&self, whole: &mut Map<String, Value>, name: &str, page: Items) {
        whole.insert(name.to_owned(), Value::Array(page.shown));
        if let Some(next) = page.next {
            let next = json!(format!("{}{next}", self.call.base));
            whole.insert(format!("{name}@odata.nextLink"), next);
        }
    }

    fn collection(&self, context: &str, page: Items) -> Result<Answer, Answer> {
        let base = self.call.base;
        let context = format!("{base}/$metadata#communications/callRecords{context}");
        let mut whole = Map::new();
        whole.insert("@odata.context".to_owned(), json!(context));
        if let Some(next) = page.next {
            whole.insert("@odata.nextLink".to_owned(), json!(format!("{base}{next}")));
        }
        whole.insert("value".to_owned(), Value::Array(page.shown));
        self.told(Value::Object(whole))
    }

    fn told(&self, mut whole: Value) -> Result<Answer, Answer> {
        let request = self.call.request;
        let lines = request.headers.iter().filter(|(name, _)| name == "prefer");
        if lines
            .flat_map(|(_, line)| line.split(','))
            .any(|item| item.trim() == "omit-values=nulls")
        {
            without_nulls(&mut whole);
        }
        Ok(Preferences::of(request)?.told_in(Answer::json(&whole)))
    }
}

/// A page of a list, and the address of the next one.
struct Items {
    shown: Vec<Value>,
    next: Option<String>,
}

fn items<T>(request: &Request, all: &[T], most: usize, show: impl Fn(&T) -> Value) -> Result<Items, Answer> {
    let asked = Preferences::of(request)?.page_size;
    let size = asked.map_or(most, |asked| asked.min(most));
    let skip = request.number("$skip")?.unwrap_or(0);
    let page = page(request, all.len(), skip, size);
    request.check_page(asked, size, page.to - page.from)?;
    let due = all.get(page.from..page.to).unwrap_or_default();
    let mut shown: Vec<Value> = due.iter().map(show).collect();
    if request.fault == Some(Fault::ReplayedItems) {
        shown.extend(shown.clone());
    }
    let next = page.next;
    Ok(Items { shown, next })
}
