//! The address of a next page: RFC 8288 `Link` headers. It is followed as given, but never to another server or out of the API, because the
//! token goes with it.

use connector_sdk::address;

/// The address of a next page, if it lies in the API.
pub(crate) fn inside(base: &str, link: &str) -> Option<String> {
    let link = if link.starts_with('/') && !link.starts_with("//") {
        format!("{}{link}", address::origin(base))
    } else {
        link.to_owned()
    };
    let origin = address::origin(base);
    let (head, rest) = link.split_at_checked(origin.len())?;
    let path = rest.split(['?', '#']).next()?;
    let root = base.get(origin.len()..)?;
    let below = path.strip_prefix(root)?;
    let is_clean = rest.chars().all(|c| c.is_ascii_graphic()) && !rest.contains(['#', '\\']);
    let climbs = path.split('/').any(|part| part == ".." || part.contains('%'));
    (head.eq_ignore_ascii_case(origin) && below.starts_with('/') && is_clean && !climbs).then_some(link)
}

/// The address of the next page, from the headers of an answer (names in lower case).
pub(crate) fn next(headers: &[(String, String)]) -> Option<String> {
    headers
        .iter()
        .filter(|(name, _)| name == "link")
        .find_map(|(_, value)| next_of(value))
}

/// The target of `rel="next"` in one header: `<https://…>; rel="next", <https://…>; rel="first"`. An address may hold commas and semicolons.
fn next_of(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        let parameters = after.split('<').next().unwrap_or_default();
        rest = after;
        let is_next = parameters.split([';', ',']).any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            name.trim().eq_ignore_ascii_case("rel")
                && value
                    .trim()
                    .trim_matches('"')
                    .split_ascii_whitespace()
                    .any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.trim().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_next_page_is_found_among_all_links() {
        for (header, right) in [
            (
                r#"<https://a/v1/x?c=1,2;3>; rel="next""#,
                Some("https://a/v1/x?c=1,2;3"),
            ),
            (
                r#"<https://a/1>; rel="first", <https://a/2>; rel="next""#,
                Some("https://a/2"),
            ),
            ("<https://a/2>;REL=Next", Some("https://a/2")),
            (
                r#"<https://a/2>; title="x"; rel="last next""#,
                Some("https://a/2"),
            ),
            (r#"<https://a/1>; rel="prev""#, None),
            ("<https://a/1>", None),
            ("https://a/1; rel=next", None),
            ("<https://a/1", None),
        ] {
            assert_eq!(next_of(header).as_deref(), right, "{header}");
        }
    }

    #[test]
    fn the_token_is_never_taken_to_another_server_or_out_of_the_api() {
        let base = "https://webexapis.com/v1";
        for (link, is_inside) in [
            ("https://webexapis.com/v1/workspaces?cursor=a%2Fb", true),
            ("https://WebexAPIs.com/v1/workspaces", true),
            ("/v1/workspaces?start=2", true),
            ("https://webexapis.com.example.org/v1/workspaces", false),
            ("https://webexapis.com@example.org/v1/workspaces", false),
            ("http://webexapis.com/v1/workspaces", false),
            // As long as the right one.
            ("https://webexap1s.com/v1/workspaces", false),
            ("//example.org/v1/workspaces", false),
            ("https://webexapis.com/v2/workspaces", false),
            ("https://webexapis.com/v1evil/workspaces", false),
            ("https://webexapis.com/v1/../admin", false),
            ("https://webexapis.com/v1/%2e%2e/admin", false),
            ("https://webexapis.com/v1/a#b", false),
            ("", false),
        ] {
            assert_eq!(inside(base, link).is_some(), is_inside, "{link}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_read_to_its_end(header in "[<>;,=\"a-z/: ]{0,60}") {
            let _ = next_of(&header);
        }
    }
}
