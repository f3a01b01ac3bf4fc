//! The audit log: who did what, newest first.

use maud::{Markup, html};

use super::elements::{foreign, instant};
use crate::api::AuditEntry;

/// The page: the entries, with a link to older ones. `before` is the number that this page was requested with.
pub(crate) fn audit(entries: &[AuditEntry], before: Option<i64>) -> Markup {
    html! {
        h1 { "Audit log" }
        p.muted {
            "Every change of settings, every sign-in and every view of meeting subjects. "
            code { "collector audit" } " exports the whole log."
        }
        @if entries.is_empty() {
            section.card.empty {
                p { @if before.is_some() { "No older entries." } @else { "No entries yet." } }
            }
        } @else {
            div.table {
                table.stack {
                    thead { tr { th { "Time" } th { "Who" } th { "Action" } th { "Target" } th { "Detail" } } }
                    tbody {
                        @for entry in entries {
                            tr {
                                td data-label="Time" { (instant(entry.at)) }
                                td data-label="Who" { (foreign(&entry.deed.who)) }
                                td data-label="Action" { strong { (foreign(&entry.deed.action)) } }
                                td data-label="Target" { (foreign(&entry.deed.subject)) }
                                td data-label="Detail" { (foreign(&entry.deed.detail)) }
                            }
                        }
                    }
                }
            }
        }
        nav.paging aria-label="Pages of the log" {
            @if before.is_some() { a href="/audit" { "Newest" } }
            // The very first entry has the number 1.
            @if let Some(last) = entries.last().filter(|last| last.number > 1) {
                a rel="next" href={ "/audit?before=" (last.number) } { "Older" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::elements::tests::{HOSTILE, assert_harmless};
    use super::*;
    use crate::api::Deed;

    fn entry(number: i64, detail: &str) -> AuditEntry {
        AuditEntry {
            number,
            at: 1_773_137_100,
            deed: Deed::new("ada", "source-saved", "contoso", detail),
        }
    }

    #[test]
    fn an_entry_says_when_who_what_about_what_and_how() {
        let page = audit(&[entry(7, "every 5m")], None).into_string();
        for part in [
            "2026-03-10 10:05 UTC",
            "ada",
            "source-saved",
            "contoso",
            "every 5m",
            "collector audit",
        ] {
            assert!(page.contains(part), "{part}");
        }
    }

    #[test]
    fn older_lines_are_one_link_away_until_the_first() {
        let page = audit(&[entry(9, ""), entry(8, "")], Some(10)).into_string();
        assert!(page.contains("href=\"/audit?before=8\"") && page.contains("href=\"/audit\""));
        assert!(
            !audit(&[entry(2, ""), entry(1, "")], None)
                .into_string()
                .contains("before=")
        );
    }

    #[test]
    fn an_empty_log_says_so() {
        assert!(audit(&[], None).into_string().contains("No entries yet."));
        assert!(audit(&[], Some(3)).into_string().contains("No older entries."));
    }

    #[test]
    fn foreign_text_is_text() {
        assert_harmless(&audit(&[entry(1, HOSTILE)], None));
    }
}
