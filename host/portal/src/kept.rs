//! What part of an address stays on the way from one page about figures to another: which rooms and days they are about.

use url::form_urlencoded;

/// The keys of an address that say so.
const KEYS: [&str; 6] = ["building", "from", "last", "list", "seats", "tag"];

/// Whether a page is about figures.
fn is_about_figures(path: &str) -> bool {
    path == "/" || path.starts_with("/insights/")
}

/// The address of a page in the navigation of the page at `present` (path and query).
pub(crate) fn next(path: &str, present: &str) -> String {
    let (here, query) = present.split_once('?').unwrap_or((present, ""));
    if !is_about_figures(here) || !is_about_figures(path) {
        return path.to_owned();
    }
    let kept: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .filter(|(key, value)| KEYS.contains(&&**key) && !value.is_empty())
        .collect();
    if kept.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .finish();
    format!("{path}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_and_days_stay_on_the_way_between_pages_about_figures_only() {
        let present = "/insights/spaces?building=A%26B&building=-&from=2026-03-01&sort=name&page=2&list=";
        let kept = "?building=A%26B&building=-&from=2026-03-01";
        assert_eq!(next("/", present), format!("/{kept}"));
        assert_eq!(next("/insights/trust", present), format!("/insights/trust{kept}"));
        assert_eq!(next("/audit", present), "/audit");
        assert_eq!(
            next("/insights/trust", "/timeline?from=2026-03-01"),
            "/insights/trust"
        );
        assert_eq!(next("/insights/trust", "/insights/spaces"), "/insights/trust");
    }
}
