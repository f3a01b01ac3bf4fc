//! Where a sign-in leads, or a form that is on every page: always to a page of the portal, whatever the address says.

use url::Url;

/// The pages that a sign-in may lead to, by the first part of their path.
const PAGES: [&str; 16] = [
    "",
    "access",
    "account",
    "audit",
    "connectors",
    "definitions",
    "drafts",
    "infrastructure",
    "insights",
    "rooms",
    "signed-in",
    "sink-drafts",
    "sinks",
    "sources",
    "spaces",
    "timeline",
];

/// The parameter of the sign-in's address that tells that a form was sent after the session had ended.
pub(crate) const LOST: &str = "lost";
/// The pages below that of a source.
const SUBPAGES: [&str; 3] = ["delete", "limit", "privacy"];

/// The path and query of the requested page; the overview if it is not one of ours.
pub(crate) fn page(next: &str) -> String {
    own(next).unwrap_or_else(|| "/".to_owned())
}

fn own(next: &str) -> Option<String> {
    let odd = |c: char| c == '\\' || c.is_control() || c.is_whitespace();
    if !next.starts_with('/') || next.contains(odd) {
        return None;
    }
    // Read it as a browser does: an address that leaves this host is not ours.
    let base = Url::parse("http://portal.invalid/").ok()?;
    let url = base.join(next).ok()?;
    let first = url.path_segments()?.next()?;
    if url.origin() != base.origin() || !url.username().is_empty() || !PAGES.contains(&first) {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    // The path of a page never begins with two slashes, which would name a host.
    let path = url.path();
    (!path.starts_with("//")).then(|| format!("{path}{query}"))
}

/// The page of an address, which may be that of a form: a page of the portal that a GET answers.
pub(crate) fn page_of(address: &str) -> String {
    page(&form_page(address))
}

fn form_page(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts.as_slice() {
        // These forms have the address of their page.
        ["infrastructure" | "sinks", "new"] | ["sources" | "sinks", _, "delete"] => path.to_owned(),
        [drafts @ ("drafts" | "sink-drafts"), id, ..] => format!("/{drafts}/{id}"),
        ["sources", name, "viewing" | "purge-subjects"] => format!("/sources/{name}/privacy"),
        ["sources", name, form] if !SUBPAGES.contains(form) => format!("/sources/{name}"),
        ["spaces", "join" | "separate"] => "/spaces".to_owned(),
        [first @ ("account" | "access" | "connectors" | "sinks"), ..] => format!("/{first}"),
        _ if query.is_empty() => path.to_owned(),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_of_the_portal_are_kept() {
        for next in [
            "/",
            "/rooms?source=contoso&outcome=denied",
            "/sources/contoso%2Fx/limit",
            "/insights/no-shows?from=2026-03-09",
            "/drafts/abc",
            "/insights/spaces?from=2026-03-09",
        ] {
            assert_eq!(page(next), next);
        }
        assert_eq!(page("/rooms/../audit"), "/audit");
    }

    #[test]
    fn anything_else_leads_to_the_overview() {
        for next in [
            "",
            "rooms",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https:evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/%2F/evil.example",
            "/%5Cevil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/@evil.example",
            "/logout",
            "/authorized?state=x",
            "/static/portal.js",
        ] {
            assert_eq!(page(next), "/", "{next:?}");
        }
    }

    #[test]
    fn a_form_leads_back_to_its_page() {
        for (form, page) in [
            ("/drafts/d1/details", "/drafts/d1"),
            ("/infrastructure/new", "/infrastructure/new"),
            ("/sources/a%2Fb/pause", "/sources/a%2Fb"),
            ("/sources/a/viewing", "/sources/a/privacy"),
            ("/sources/a/delete", "/sources/a/delete"),
            ("/spaces/join", "/spaces"),
            ("/account/password", "/account"),
            ("/connectors/o365/approve", "/connectors"),
            ("/zone", "/"),
            ("/rooms?text=x&skip=100", "/rooms?text=x&skip=100"),
            ("/sources/a/limit", "/sources/a/limit"),
            ("/", "/"),
            ("//evil.example/x", "/"),
            ("/logout", "/"),
        ] {
            assert_eq!(page_of(form), page, "{form}");
        }
    }

    proptest! {
        #[test]
        fn no_text_leads_out(next in r"[/\\]{0,3}(rooms|audit|)[/\\.:@%a-z0-9?#\t ]{0,12}") {
            let base = Url::parse("https://rooms.example.com/").unwrap();
            let led = page(&next);
            prop_assert!(led.starts_with('/') && !led.starts_with("//"));
            prop_assert_eq!(base.join(&led).unwrap().origin(), base.origin());
        }
    }
}
