//! Addresses in settings: where a connector finds a product's API instead of its usual place, behind a proxy or in a simulator.

/// The part of an address that counts as one server: scheme, host and port. The address is one that [`base`] accepted.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(host..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}

/// An absolute address without credentials, query and fragment, in which scheme and host are in lower case and no slash ends the path. Plain
/// HTTP is allowed to this machine alone.
///
/// # Errors
/// What is wrong with it: `contains credentials`.
pub fn base(text: &str) -> Result<String, &'static str> {
    let (scheme, rest) = text.split_once("://").ok_or("is not an absolute URL")?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.trim_end_matches('/');
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_graphic() && !"?#\\\"<>".contains(c);
    if !rest.chars().all(is_plain) {
        return Err("contains a query, a fragment or a character that is not allowed");
    }
    if authority.contains('@') {
        return Err("contains credentials");
    }
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            if port.parse::<u16>().is_err() {
                return Err("has a port that is not a number");
            }
            host
        }
        _ => authority.as_str(),
    };
    if host.is_empty() {
        return Err("has no host");
    }
    match scheme.as_str() {
        "https" => {}
        "http" if is_this_machine(host) => {}
        "http" => return Err("is plain HTTP, which is allowed only to this machine itself (127.0.0.1)"),
        _ => return Err("is neither https nor http"),
    }
    Ok(format!("{scheme}://{authority}{path}"))
}

fn is_this_machine(host: &str) -> bool {
    let is_loopback = |address: std::net::Ipv4Addr| address.is_loopback();
    host == "localhost" || host == "[::1]" || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::{base, origin};

    #[test]
    fn an_address_is_kept_without_its_last_slash() {
        for (text, right) in [
            ("https://webexapis.com/v1/", "https://webexapis.com/v1"),
            ("HTTPS://WebexAPIs.com/V1", "https://webexapis.com/V1"),
            ("http://127.0.0.1:4100/v1", "http://127.0.0.1:4100/v1"),
            ("http://[::1]:4100", "http://[::1]:4100"),
        ] {
            assert_eq!(base(text).as_deref(), Ok(right));
        }
    }

    #[test]
    fn what_is_no_safe_address_is_refused_with_the_cause() {
        for (text, cause) in [
            ("webexapis.com/v1", "is not an absolute URL"),
            ("https://a:b@webexapis.com", "contains credentials"),
            ("https://webexapis.com:x/v1", "has a port that is not a number"),
            ("https:///v1", "has no host"),
            ("ftp://webexapis.com", "is neither https nor http"),
            (
                "http://webexapis.com",
                "is plain HTTP, which is allowed only to this machine itself (127.0.0.1)",
            ),
            (
                "https://webexapis.com/v1?a=b",
                "contains a query, a fragment or a character that is not allowed",
            ),
        ] {
            assert_eq!(base(text), Err(cause), "{text}");
        }
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        assert_eq!(origin("https://webexapis.com/v1"), "https://webexapis.com");
        assert_eq!(origin("http://[::1]:4100?a"), "http://[::1]:4100");
    }
}
