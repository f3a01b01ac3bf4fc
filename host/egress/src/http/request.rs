//! A request, and the checks before it is sent: its URL, its headers, its origin, its bearer's audience.

use bytes::Bytes;
use collector_model::http::{FetchError, Method, Request};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use url::Url;
use zeroize::Zeroizing;

use super::address::special;
use super::bearer::Bearer;
use super::nat64::Prefix;
use crate::grant::{Grants, Origin};

/// A request that may be sent.
pub(super) struct Checked {
    pub method: Method,
    pub url: Url,
    pub origin: Origin,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub repeatable: bool,
    /// The scheme before its credential in the Authorization header.
    pub scheme: &'static str,
}

/// The headers that the client sets itself: where the request goes, as whom, and how it is framed (RFC 9110, section 7.6.1).
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
    "http2-settings",
];

/// Checks a request. `most`: the limit of its headers in bytes; `nat64`: the known address translators.
pub(super) fn check(
    request: Request,
    grants: &Grants,
    bearer: Option<&dyn Bearer>,
    most: usize,
    nat64: &[Prefix],
) -> Result<Checked, FetchError> {
    let url = address(&request.url)?;
    let origin = grants
        .check(&url)
        .map_err(|denied| FetchError::RequestDenied(denied.to_string()))?
        .clone();
    if let Some(range) = origin.address().and_then(|address| special(address, nat64))
        && !range.grantable
        && !grants.is_identity()
    {
        return Err(FetchError::DestinationProhibited(format!(
            "{origin} is {} and is always blocked, even if granted",
            range.what
        )));
    }
    if let Some(bearer) = bearer
        && !bearer.audience().contains(&origin)
    {
        let audience: Vec<String> = bearer.audience().iter().map(ToString::to_string).collect();
        return Err(FetchError::RequestDenied(format!(
            "the credential is only for {}, not for {origin}; send the request without it",
            if audience.is_empty() {
                "no origin".to_owned()
            } else {
                audience.join(", ")
            }
        )));
    }
    let repeatable = request.repeatable || request.method == Method::GET || request.method == Method::HEAD;
    let mut headers = headers(request.headers, most)?;
    if grants.is_identity() {
        // A header may prove that the request is ours.
        headers.values_mut().for_each(|value| value.set_sensitive(true));
    }
    Ok(Checked {
        method: request.method,
        url,
        origin,
        headers,
        // The body may contain a secret, as a token request's does: it is zeroed with its last clone.
        body: request.body.map(|body| Bytes::from_owner(Zeroizing::new(body))),
        repeatable,
        scheme: bearer.map_or("Bearer", Bearer::scheme),
    })
}

fn address(text: &str) -> Result<Url, FetchError> {
    // A text that is not a URL is not repeated: it may be anything.
    let url = Url::parse(text).map_err(|cause| {
        FetchError::RequestInvalid(format!(
            "the URL cannot be read: {cause}; it must be absolute, like https://host/path"
        ))
    })?;
    let surplus = if !url.username().is_empty() || url.password().is_some() {
        "a user name"
    } else if url.fragment().is_some() {
        "a fragment (#)"
    } else {
        return Ok(url);
    };
    let host = url.host_str().unwrap_or_default();
    Err(FetchError::RequestInvalid(format!(
        "the URL to {host} contains {surplus}; leave it out"
    )))
}

/// The size of a header: name, value and the four bytes around them (": " and the line end).
pub(super) fn header_size(name: &str, value: &[u8]) -> usize {
    name.len() + value.len() + 4
}

fn headers(given: Vec<(String, String)>, most: usize) -> Result<HeaderMap, FetchError> {
    let excess = || {
        FetchError::RequestInvalid(format!(
            "the request has more than {most} bytes of headers; leave some out"
        ))
    };
    let sizes = given
        .iter()
        .map(|(name, value)| header_size(name, value.as_bytes()));
    if sizes.sum::<usize>() > most {
        return Err(excess());
    }
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("collector/", env!("CARGO_PKG_VERSION"))),
    );
    let mut own_agent = false;
    for (name, value) in given {
        let value = Zeroizing::new(value);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            FetchError::RequestInvalid(format!(
                "the header name {name:?} contains a character that is not allowed"
            ))
        })?;
        if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err(FetchError::RequestInvalid(format!(
                "the collector sets the header {name} itself; leave it out"
            )));
        }
        let value = HeaderValue::from_str(&value).map_err(|_| {
            FetchError::RequestInvalid(format!(
                "the value of the header {name} contains a line end or another character that is not allowed"
            ))
        })?;
        if name == USER_AGENT && !own_agent {
            own_agent = true;
            headers.insert(name, value);
        } else {
            // A map holds some ten thousand headers; `append` panics beyond that.
            headers.try_append(name, value).map_err(|_| excess())?;
        }
    }
    Ok(headers)
}
