//! Where a sign-in leads: always to a page of the portal, whatever the address says.

use url::Url;

/// The pages that a sign-in may lead to, by the first part of their path.
const PAGES: [&str; 11] = [
    "",
    "account",
    "audit",
    "connectors",
    "drafts",
    "infrastructure",
    "rooms",
    "sinks",
    "sources",
    "spaces",
    "timeline",
];

/// The path and query of the requested page; the overview if it is not one of ours.
pub(super) fn page(next: &str) -> String {
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
            "/drafts/abc",
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
