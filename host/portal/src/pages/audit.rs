//! The audit log: who did what, filtered, newest first. Views of subjects that follow each other are one row.

mod words;

use std::str::FromStr as _;

use chrono::{Days, NaiveDate};
use maud::{Markup, html};
use url::form_urlencoded;

use self::words::{ACTIONS, action, detail, subject};
use super::elements::{counted, foreign, link, plain, second, short, text_field};
use crate::api::{AuditEntry, AuditSearch};
use crate::zone::Zone;

/// Entries on one page.
const LINES: u64 = 100;
/// The action whose entries are shown together.
const VIEWED: &str = "subjects-viewed";
/// Seconds between two views that are shown together.
const GAP: i64 = 600;

/// What the address of the page asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AuditRequest {
    who: Option<String>,
    action: Option<String>,
    text: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    is_date_wrong: bool,
    before: Option<i64>,
    zone: Zone,
}

impl AuditRequest {
    /// Reads the query of an address, with dates of this zone. Ignores what it does not understand; dates are told.
    pub(crate) fn from_query(raw_query: &str, zone: &Zone) -> Self {
        let mut request = Self {
            who: None,
            action: None,
            text: None,
            from: None,
            to: None,
            is_date_wrong: false,
            before: None,
            zone: zone.clone(),
        };
        for (key, value) in form_urlencoded::parse(raw_query.as_bytes()) {
            let value = value.trim();
            let given = (!value.is_empty()).then(|| short(value));
            let mut date = || {
                let date = NaiveDate::from_str(value).ok();
                request.is_date_wrong |= date.is_none() && !value.is_empty();
                date
            };
            match key.as_ref() {
                "who" => request.who = given,
                "action" => request.action = given,
                "text" => request.text = given,
                "from" => request.from = date(),
                "to" => request.to = date(),
                "before" => request.before = value.parse().ok(),
                _ => {}
            }
        }
        request
    }

    /// The search of the log.
    pub(crate) fn search(&self) -> AuditSearch {
        let after = |date: NaiveDate| date.checked_add_days(Days::new(1)).unwrap_or(date);
        AuditSearch {
            before: self.before,
            who: self.who.clone(),
            action: self.action.clone(),
            text: self.text.clone(),
            from: self.from.map(|date| self.zone.first_instant(date)),
            to: self.to.map(|date| self.zone.first_instant(after(date))),
            limit: LINES,
        }
    }

    /// The address of the page with entries before a number, or with the newest.
    fn link(&self, before: Option<i64>) -> String {
        let text = |date: Option<NaiveDate>| date.map_or_else(String::new, |date| date.to_string());
        let before = before.map_or_else(String::new, |number| number.to_string());
        link(
            "/audit",
            &[
                ("who", self.who.as_deref().unwrap_or_default()),
                ("action", self.action.as_deref().unwrap_or_default()),
                ("text", self.text.as_deref().unwrap_or_default()),
                ("from", &text(self.from)),
                ("to", &text(self.to)),
                ("before", &before),
            ],
        )
    }

    fn is_filtered(&self) -> bool {
        let texts = [&self.who, &self.action, &self.text];
        texts.iter().any(|text| text.is_some()) || self.from.is_some() || self.to.is_some()
    }
}

/// The page. `accounts` are proposed by the filter; the log also has accounts that are gone.
pub(crate) fn audit(entries: &[AuditEntry], request: &AuditRequest, accounts: &[String]) -> Markup {
    html! {
        h1 { "Audit log" }
        p.muted {
            "Every change of settings, every sign-in and every view of meeting subjects. "
            code { "collector audit" } " exports the whole log."
        }
        (filter(request, accounts))
        @if request.from.zip(request.to).is_some_and(|(from, to)| from > to) {
            p.problem { "The first day is after the last one, so no entry can be between them." }
        }
        @if request.is_date_wrong { p.problem { "The address names a date that is none: it is left out. Choose one above." } }
        @if entries.is_empty() { (nothing(request)) } @else {
            div.table {
                table.stack {
                    thead { tr { th { "Time" } th { "Who" } th { "Action" } th { "Target" } th { "Detail" } } }
                    tbody { @for views in together(entries) { (row(views)) } }
                }
            }
        }
        nav.paging aria-label="Pages of the log" {
            @if request.before.is_some() { a href=(request.link(None)) { "Newest" } }
            // The very first entry has the number 1, and the last page is not full.
            @if let Some(last) = entries.last().filter(|last| last.number > 1 && entries.len() as u64 >= LINES) {
                a rel="next" href=(request.link(Some(last.number))) { "Older" }
            }
        }
    }
}

fn filter(request: &AuditRequest, accounts: &[String]) -> Markup {
    let date = |key: &str, label: &str, date: Option<NaiveDate>| {
        html! {
            div.field {
                label for=(key) { (label) }
                input id=(key) type="date" name=(key) value=[date];
            }
        }
    };
    // One that has no name here stays chosen.
    let other = request
        .action
        .iter()
        .filter(|chosen| !ACTIONS.iter().any(|(known, _)| known == chosen));
    html! {
        form.filter method="get" action="/audit" role="search" {
            div.field {
                label for="who" { "Who" }
                input #who name="who" list="accounts" placeholder="anyone" autocomplete="off" autocapitalize="none"
                    value=(request.who.as_deref().unwrap_or_default());
                datalist #accounts { @for account in accounts { option value=(plain(account)) {} } }
            }
            div.field {
                label for="action" { "Action" }
                select #action name="action" {
                    option value="" { "any" }
                    @for (code, name) in ACTIONS { option value=(code) selected[request.action.as_deref() == Some(code)] { (name) } }
                    @for code in other { option value=(code) selected { (plain(&action(code))) } }
                }
            }
            (text_field("target or detail", request.text.as_deref()))
            (date("from", "From", request.from))
            (date("to", "To", request.to))
            div.actions { button type="submit" { "Show" } }
        }
    }
}

fn nothing(request: &AuditRequest) -> Markup {
    html! {
        section.card.empty {
            @if request.is_filtered() {
                p { "No entries match these filters." }
                p.actions { a href="/audit" { "Show all entries" } }
            } @else {
                p { @if request.before.is_some() { "No older entries." } @else { "No entries yet." } }
            }
        }
    }
}

/// The entries, with views of subjects by one account that soon follow each other taken together.
fn together(entries: &[AuditEntry]) -> impl Iterator<Item = &[AuditEntry]> {
    entries.chunk_by(|later, earlier| {
        let are_views = later.deed.action == VIEWED && earlier.deed.action == VIEWED;
        are_views && later.deed.who == earlier.deed.who && later.at.saturating_sub(earlier.at) <= GAP
    })
}

/// A row: one entry, or several views, newest first.
fn row(views: &[AuditEntry]) -> Markup {
    let (Some(last), Some(first)) = (views.first(), views.last()) else {
        return html! {};
    };
    let mut targets: Vec<&str> = views
        .iter()
        .flat_map(|view| view.deed.subject.split(", "))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let deed = &last.deed;
    html! {
        tr {
            td data-label="Time" {
                (second(last.at))
                @if views.len() > 1 { br; small.muted { "since " (second(first.at)) } }
            }
            td data-label="Who" { (foreign(&deed.who)) }
            td data-label="Action" { strong title=(plain(&deed.action)) { (foreign(&action(&deed.action))) } }
            td data-label="Target" {
                @if views.len() > 1 { (foreign(&targets.join(", "))) } @else { (subject(&deed.action, &deed.subject)) }
            }
            td data-label="Detail" {
                @if views.len() > 1 {
                    details {
                        summary { (counted(views.len() as u64, "view")) }
                        ul { @for view in views { li { (second(view.at)) " " (foreign(&view.deed.subject)) ": " (detail(&view.deed.detail)) } } }
                    }
                } @else { (detail(&deed.detail)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;
    use crate::api::Deed;
    use crate::reader::tests::in_zone;

    const AT: i64 = 1_773_137_142;

    fn entry(number: i64, detail: &str) -> AuditEntry {
        AuditEntry {
            number,
            at: AT,
            deed: Deed::new("ada", "source-changed", "contoso", detail),
        }
    }

    fn view(number: i64, at: i64, who: &str, source: &str) -> AuditEntry {
        AuditEntry {
            number,
            at,
            deed: Deed::new(
                who,
                VIEWED,
                source,
                "meetings from 2026-03-10T00:00:00Z to 2026-03-11T00:00:00Z",
            ),
        }
    }

    fn asked(query: &str) -> AuditRequest {
        AuditRequest::from_query(query, &Zone::UTC)
    }

    #[test]
    fn an_entry_says_when_who_what_about_what_and_how() {
        let page = audit(&[entry(7, "every 5m")], &asked(""), &[]).into_string();
        let bare = audit(&[entry(7, "")], &asked(""), &[]).into_string();
        assert!(bare.contains("<td data-label=\"Detail\"></td>"), "{bare}");
        for part in [
            "2026-03-10 10:05:42",
            "ada",
            "<strong title=\"source-changed\"><bdi>Source changed</bdi></strong>",
            "<a href=\"/sources/contoso\"><bdi>contoso</bdi></a>",
            "<bdi>every 5m</bdi>",
            "collector audit",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn what_is_asked_for_is_searched_and_stays_in_the_links() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let raw = "who=ada&action=signed-in&text=192.&from=2026-03-10&to=2026-03-10&before=300";
        let request = AuditRequest::from_query(raw, &berlin);
        let midnight = 1_773_097_200;
        assert_eq!(
            request.search(),
            AuditSearch {
                before: Some(300),
                who: Some("ada".into()),
                action: Some("signed-in".into()),
                text: Some("192.".into()),
                from: Some(midnight),
                to: Some(midnight + 86_400),
                limit: LINES,
            }
        );
        let entries = vec![entry(9, ""); usize::try_from(LINES).unwrap()];
        let page = audit(&entries, &request, &["grace".into()]).into_string();
        let kept = "/audit?who=ada&amp;action=signed-in&amp;text=192.&amp;from=2026-03-10&amp;to=2026-03-10";
        for part in [
            &format!("href=\"{kept}\">Newest"),
            &format!("href=\"{kept}&amp;before=9\">Older"),
            "<option value=\"signed-in\" selected>Signed in</option>",
            "<option value=\"grace\">",
            "type=\"date\" name=\"from\" value=\"2026-03-10\"",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let garbage = asked("from=yesterday&before=x&action=+&odd=1");
        let ignored = AuditRequest {
            is_date_wrong: true,
            ..asked("")
        };
        assert_eq!(garbage, ignored);
        assert!(
            !audit(&[entry(2, ""), entry(1, "")], &garbage, &[])
                .into_string()
                .contains("before=")
        );
        let told = audit(&[], &garbage, &[]).into_string();
        assert!(told.contains("The address names a date that is none: it is left out."));
    }

    #[test]
    fn views_that_follow_each_other_are_one_row() {
        let entries = [
            view(6, AT, "ada", "contoso"),
            view(5, AT - 60, "ada", "contoso, fabrikam"),
            view(4, AT - 500, "ada", "contoso"),
            view(3, AT - 510, "grace", "contoso"),
            // Much earlier.
            view(2, AT - 2_000, "ada", "contoso"),
            entry(1, ""),
        ];
        let page = audit(&entries, &asked(""), &[]).into_string();
        assert_eq!(page.matches("<tr><td").count(), 4, "{page}");
        for part in [
            "<summary>3 views</summary>",
            "<bdi>contoso, fabrikam</bdi></td>",
            "10:05:42</time><br><small class=\"muted\">since ",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }

    #[test]
    fn instants_in_a_detail_are_in_the_zone_of_whoever_reads_it() {
        let page = in_zone("Europe/Berlin", || {
            audit(&[view(1, AT, "ada", "contoso")], &asked(""), &[])
        });
        assert!(
            page.into_string()
                .contains(">2026-03-10 01:00</time> <bdi>to</bdi> <time")
        );
    }

    #[test]
    fn an_empty_log_says_so() {
        let page = |query: &str| audit(&[], &asked(query), &[]).into_string();
        assert!(page("").contains("No entries yet."));
        assert!(page("before=3").contains("No older entries."));
        assert!(page("who=eve").contains("No entries match these filters."));
    }

    #[test]
    fn foreign_text_is_text() {
        let mut hostile = view(1, AT, HOSTILE, HOSTILE);
        hostile.deed.detail = HOSTILE.into();
        let request = AuditRequest {
            who: Some(HOSTILE.into()),
            action: Some(HOSTILE.into()),
            text: Some(HOSTILE.into()),
            ..asked("")
        };
        assert_harmless(&audit(
            &[hostile.clone(), hostile.clone()],
            &request,
            &[HOSTILE.into()],
        ));
        hostile.deed.action = HOSTILE.into();
        assert_harmless(&audit(&[hostile], &request, &[]));
    }
}
