//! One attempt of a request: sent when there is a place for it, its answer read up to the limits.

use std::sync::atomic::Ordering;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use zeroize::Zeroizing;

use super::error::classify;
use super::{Client, FetchError, Prepared, Response};

impl Client {
    pub(super) async fn attempt(
        &self,
        request: &Prepared,
        token: Option<&SecretString>,
    ) -> Result<Response, FetchError> {
        let limits = &self.inner.limits;
        // The semaphore is never closed.
        let _place = self.inner.places.acquire().await.map_err(|error| FetchError::Protocol(error.to_string()))?;
        self.inner.counts.requests.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let result = timeout(limits.response, self.send(request, token)).await.unwrap_or_else(|_| {
            Err(FetchError::ResponseTimeout(format!(
                "{}: the answer took longer than {}",
                request.origin,
                humantime::format_duration(limits.response)
            )))
        });
        tracing::debug!(
            method = %request.method,
            origin = %request.origin,
            path = request.url.path(),
            status = result.as_ref().ok().map(|response| response.status),
            milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            error = result.as_ref().err().map(ToString::to_string),
            "request"
        );
        result
    }

    async fn send(&self, request: &Prepared, token: Option<&SecretString>) -> Result<Response, FetchError> {
        let mut builder =
            self.inner.client.request(request.method.clone(), request.url.clone()).headers(request.headers.clone());
        if let Some(token) = token {
            builder = builder.header(AUTHORIZATION, authorization(token)?);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut response = builder.send().await.map_err(|error| classify(&error, &request.origin))?;
        let headers = self.headers(response.headers(), request)?;
        let status = response.status().as_u16();
        let limit = self.inner.limits.body;
        let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut body = Vec::with_capacity(expected.min(limit));
        // The length is counted as the bytes come out of the decompressor: a small answer can be a large one.
        while let Some(chunk) = response.chunk().await.map_err(|error| classify(&error, &request.origin))? {
            if body.len() + chunk.len() > limit {
                return Err(FetchError::ResponseBodySize(format!(
                    "{}: the answer's body is larger than {limit} bytes",
                    request.origin
                )));
            }
            body.extend_from_slice(&chunk);
        }
        self.inner.counts.bytes.fetch_add(u64::try_from(body.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        Ok(Response { status, headers, body })
    }

    fn headers(&self, headers: &HeaderMap, request: &Prepared) -> Result<Vec<(String, String)>, FetchError> {
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let limit = self.inner.limits.headers;
        if size > limit {
            return Err(FetchError::ResponseHeaderSize(format!(
                "{}: the answer's headers are larger than {limit} bytes",
                request.origin
            )));
        }
        Ok(headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect())
    }
}

fn authorization(token: &SecretString) -> Result<HeaderValue, FetchError> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
    let mut value = HeaderValue::try_from(text.as_str())
        .map_err(|_| FetchError::RequestInvalid("the credential has characters that no header may have".into()))?;
    value.set_sensitive(true);
    Ok(value)
}
