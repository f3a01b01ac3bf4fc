//! One attempt at a request: sends it once, and reads its answer to the end, within the limits.

use collector_model::http::{FetchError, Response};
use collector_model::secret::SecretError;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::error;
use super::limits::Limits;
use super::network::Way;
use super::request::{Checked, header_size};

/// Sends the request in this way, and reads the answer.
pub(super) async fn exchange(
    client: &reqwest::Client,
    way: Way<'_>,
    request: &Checked,
    token: Option<&SecretString>,
    limits: &Limits,
) -> Result<Response, FetchError> {
    let mut headers = request.headers.clone();
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, authorization(request.scheme, token)?);
    }
    let mut sent = client
        .request(request.method.clone(), request.url.clone())
        .headers(headers);
    if let Some(body) = &request.body {
        sent = sent.body(body.clone());
    }
    let failed = |error: reqwest::Error| error::of(&error, way);
    let mut answer = sent.send().await.map_err(failed)?;

    let status = answer.status().as_u16();
    let headers = read_headers(answer.headers(), limits.headers).ok_or_else(|| {
        FetchError::ResponseHeaderSize(format!(
            "{} sent more than {} bytes of headers",
            request.origin, limits.headers
        ))
    })?;
    let too_large = || {
        FetchError::ResponseBodySize(format!(
            "{} sent more than {} bytes, the limit for one answer",
            request.origin, limits.body
        ))
    };
    let announced = if request.method == reqwest::Method::HEAD {
        0
    } else {
        answer.content_length().unwrap_or(0)
    };
    let announced = usize::try_from(announced)
        .ok()
        .filter(|size| *size <= limits.body)
        .ok_or_else(too_large)?;
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if chunk.len() > limits.body - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status,
        headers,
        body,
    })
}

fn authorization(scheme: &str, token: &SecretString) -> Result<HeaderValue, FetchError> {
    let text = Zeroizing::new(format!("{scheme} {}", token.expose_secret()));
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        FetchError::Bearer(SecretError::Unavailable(
            "the credential contains a character that is not allowed in a header; check the stored value"
                .to_owned(),
        ))
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// All headers; none if they have more than `limit` bytes.
fn read_headers(headers: &HeaderMap, limit: usize) -> Option<Vec<(String, String)>> {
    let size: usize = headers
        .iter()
        .map(|(name, value)| header_size(name.as_str(), value.as_bytes()))
        .sum();
    (size <= limit).then(|| {
        headers
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect()
    })
}
