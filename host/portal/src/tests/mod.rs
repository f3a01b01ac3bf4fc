//! Tests of the portal as a browser sees it, over a fake backend.

mod access;
mod accounts;
mod browser;
mod consent;
mod escaping;
mod fake;
mod forms;
mod guessing;
mod hanging_up;
mod pages;
mod protection;
mod receive;
mod source;
mod spaces;
mod v1;
mod way;

pub(super) use browser::{Browser, Reply};
pub(super) use fake::Fake;

/// Pages for those who are signed in.
const PAGES: [&str; 20] = [
    "/",
    "/infrastructure",
    "/infrastructure/new",
    "/drafts/d1",
    "/drafts/d1/validation",
    "/sources/contoso",
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
    "/audit",
    "/access",
    "/account",
];

/// Forms of those who are signed in.
const FORMS: [&str; 25] = [
    "/logout",
    "/account/password",
    "/account/add",
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
    "/sources/contoso/pause",
    "/sources/contoso/resume",
    "/sources/contoso/authorize",
    "/sources/contoso/validate",
    "/sources/contoso/viewing",
    "/sources/contoso/purge-subjects",
    "/sources/contoso/delete",
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
    }
    browser
}
