//! Tests of the portal as a browser sees it, over a fake backend.

mod access;
mod accounts;
mod browser;
mod consent;
mod escaping;
pub(crate) mod fake;
mod fake_access;
pub(crate) mod fake_sinks;
mod forms;
mod guessing;
mod hanging_up;
mod insights;
mod pages;
mod protection;
mod receive;
mod roles;
mod single;
mod sinks;
mod source;
mod spaces;
mod v1;
mod way;
pub(crate) mod workplace;

pub(super) use browser::{Browser, Reply};
pub(super) use fake::{Fake, PASSWORD};
use workplace::Workplace;

/// Pages for those who are signed in.
const PAGES: [&str; 37] = [
    "/",
    "/overview/now",
    "/insights/spaces?from=2026-03-09&last=2026-03-15",
    "/insights/spaces/contoso/a%40contoso.com?from=2026-03-09&last=2026-03-15",
    "/insights/no-shows?from=2026-03-09&last=2026-03-15",
    "/insights/zombies?from=2026-03-09&last=2026-03-15",
    "/insights/demand?from=2026-03-09&last=2026-03-15",
    "/insights/trust?from=2026-03-09&last=2026-03-15",
    "/insights/reports?from=2026-03-09&last=2026-03-15",
    "/insights/week",
    "/infrastructure",
    "/infrastructure/new",
    "/drafts/d1",
    "/drafts/d1/validation",
    "/sources/contoso",
    "/sources/contoso/state",
    "/sources/contoso/validation",
    "/sources/contoso/limit",
    "/sources/contoso/privacy",
    "/sources/contoso/delete",
    "/rooms",
    "/spaces",
    "/spaces/choose?source=webex&key=Y2",
    "/timeline",
    "/definitions",
    "/connectors",
    "/sinks",
    "/sinks/new",
    "/sinks/warehouse/delete",
    "/sinks/warehouse/refused",
    "/sinks/warehouse/skip",
    "/sink-drafts/s1",
    "/audit",
    "/access",
    "/account",
    "/session",
    "/signed-in",
];

/// What the script asks for: parts of pages, and the session.
const PARTS: [&str; 6] = [
    "/overview/now",
    "/sinks/now",
    "/drafts/d1/validation",
    "/sources/contoso/state",
    "/sources/contoso/validation",
    "/session",
];

/// Forms of those who are signed in.
const FORMS: [&str; 37] = [
    "/logout",
    "/zone",
    "/account/password",
    "/account/add",
    "/account/role",
    "/account/remove",
    "/access/add",
    "/access/revoke",
    "/infrastructure/new",
    "/connectors/o365/approve",
    "/drafts/d1/details",
    "/drafts/d1/check",
    "/drafts/d1/authorize",
    "/drafts/d1/validate",
    "/drafts/d1/save",
    "/drafts/d1/discard",
    "/sources/contoso/edit",
    "/sources/contoso/duplicate",
    "/sources/contoso/collect",
    "/sources/contoso/pause",
    "/sources/contoso/resume",
    "/sources/contoso/authorize",
    "/sources/contoso/validate",
    "/sources/contoso/viewing",
    "/sources/contoso/purge-subjects",
    "/sources/contoso/delete",
    "/sinks/new",
    "/sinks/warehouse/edit",
    "/sinks/warehouse/retry",
    "/sinks/warehouse/skip",
    "/sinks/warehouse/delete",
    "/sink-drafts/s1/check",
    "/sink-drafts/s1/try",
    "/sink-drafts/s1/save",
    "/sink-drafts/s1/discard",
    "/spaces/join",
    "/spaces/separate",
];

/// Headers that a browser sends with a form of our own.
const OWN: [(&str, &str); 2] = [("sec-fetch-site", "same-origin"), ("origin", "null")];

/// A signed-in browser for a portal with a draft and a source.
async fn furnished() -> Browser {
    let browser = Browser::signed_in().await;
    {
        let mut world = browser.fake.world();
        world.drafts.insert("d1".into(), fake::draft("d1"));
        world.sources.insert("contoso".into(), fake::source("contoso"));
        world.sinks.push(fake_sinks::sink("warehouse"));
        world.sink_drafts.insert("s1".into(), fake_sinks::draft("s1"));
        world.known = Some(Workplace::new());
    }
    browser
}
