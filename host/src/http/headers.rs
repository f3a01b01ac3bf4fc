//! The headers of a request: which a connector may set.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::error::FetchError;

/// Set by the host, or by the connection, and by nobody else (RFC 9110, section 7.6.1, and what decides where a request goes and
/// as whom).
const RESERVED: [&str; 13] = [
    "host",
    "authorization",
    "cookie",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
    "accept-encoding",
    "forwarded",
];

/// The headers, when each may be set and is well-formed.
pub(super) fn checked(headers: &[(String, String)]) -> Result<HeaderMap, FetchError> {
    let mut checked = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let shown = crate::text::plain(name);
        let parsed = HeaderName::try_from(name.as_str())
            .map_err(|_| FetchError::RequestInvalid(format!("{shown:?} is not the name of a header")))?;
        if RESERVED.contains(&parsed.as_str()) || parsed.as_str().starts_with("proxy-") {
            return Err(FetchError::RequestInvalid(format!(
                "the header {parsed} is not a connector's to set; a credential goes into `bearer`"
            )));
        }
        // The value is not repeated: it may be anything.
        let value = HeaderValue::try_from(value.as_str())
            .map_err(|_| FetchError::RequestInvalid(format!("the header {parsed} has a line end or another control character")))?;
        checked.append(parsed, value);
    }
    Ok(checked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Result<HeaderMap, FetchError> {
        checked(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn ordinary_headers_pass() {
        assert_eq!(check("Prefer", "outlook.timezone=\"UTC\"").unwrap()["prefer"], "outlook.timezone=\"UTC\"");
        assert_eq!(check("User-Agent", "rooms@contoso.com").unwrap()["user-agent"], "rooms@contoso.com");
    }

    #[test]
    fn what_decides_where_a_request_goes_and_as_whom_is_the_hosts() {
        for name in ["Host", "AUTHORIZATION", "cookie", "Transfer-Encoding", "content-length", "Proxy-Authorization", "Connection"] {
            assert!(matches!(check(name, "x"), Err(FetchError::RequestInvalid(_))), "{name}");
        }
    }

    #[test]
    fn a_line_end_cannot_smuggle_a_header_in() {
        assert!(matches!(check("prefer", "a\r\nAuthorization: b"), Err(FetchError::RequestInvalid(_))));
        assert!(matches!(check("prefer\r\nhost", "a"), Err(FetchError::RequestInvalid(_))));
    }
}
