//! Requests to the provider, by the HTTP client that sources have too: with the proxy and the authorities of `[egress]`, and with limits on
//! time and size. A provider names further addresses of its own; they must not lead into this machine or its network.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use collector_egress::grant::{Grant, Grants, Origin};
use collector_egress::http::{Client, Gate, Limits, Network};
use collector_egress::token::FixedBearer;
use collector_model::http::{FetchError, Request};
use collector_tasks::blocking::blocking;
use futures::future::BoxFuture;
use openidconnect::http::header::AUTHORIZATION;
use openidconnect::{HttpRequest, HttpResponse};
use secrecy::SecretString;
use tokio::time::Instant;
use url::{Host, Url};

/// What sends a request to the provider.
pub type Http =
    Box<dyn Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse, FetchError>> + Send + Sync>;

/// How long one answer may take: somebody waits for it in front of a browser.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer. The keys of Entra have some fifteen kilobytes, and a token at most as many.
const LARGEST: usize = 256 << 10;

/// What reaches the provider of this issuer through a network. The issuer itself, which the administrator named, may have a private address;
/// the addresses that it names may not.
pub fn reach(issuer: &Url, network: Network) -> Http {
    let (issuer, network) = (Origin::of(issuer), Arc::new(network));
    Box::new(move |request| {
        let (issuer, network) = (issuer.clone(), Arc::clone(&network));
        Box::pin(async move { send(request, issuer.as_ref(), &network).await })
    })
}

async fn send(
    request: HttpRequest,
    issuer: Option<&Origin>,
    network: &Network,
) -> Result<HttpResponse, FetchError> {
    let invalid = |why: String| FetchError::RequestInvalid(why);
    let (parts, body) = request.into_parts();
    let url = Url::parse(&parts.uri.to_string()).map_err(|error| invalid(error.to_string()))?;
    let grant = grant(&url, issuer)?;
    let bearer = parts
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| bearer(value.to_str().ok()?, &grant.origin));
    let headers = parts
        .headers
        .iter()
        .filter(|(name, _)| *name != AUTHORIZATION)
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let limits = Limits {
        connect: PATIENCE / 2,
        response: PATIENCE,
        body: LARGEST,
        attempts: 2,
        longest_wait: Duration::from_secs(1),
        ..Limits::default()
    };
    let gate = Arc::new(Gate::new(limits.in_flight));
    let network = network.clone();
    // One for each request: sign-ins are rare, and what [egress] says may have changed. It reads the platform's trusted certificates.
    let client = blocking(move || Client::behind(gate, Grants::of([grant]), network, limits))
        .await
        .map_err(|error| invalid(error.to_string()))?;
    let request = Request {
        method: parts.method,
        url: url.into(),
        headers,
        body: (!body.is_empty()).then_some(body),
        repeatable: false,
    };
    let answer = client
        .fetch(
            request,
            bearer.as_ref().map(|bearer| bearer as _),
            Instant::now() + PATIENCE,
        )
        .await?;
    let mut response = openidconnect::http::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response
        .body(answer.body)
        .map_err(|error| FetchError::Protocol(error.to_string()))
}

/// Where a request may go.
fn grant(url: &Url, issuer: Option<&Origin>) -> Result<Grant, FetchError> {
    let Some(origin) = Origin::of(url) else {
        return Err(FetchError::RequestDenied(
            "the provider names an address that is no web address".to_owned(),
        ));
    };
    if Some(&origin) == issuer {
        return Ok(Grant {
            origin,
            private: true,
        });
    }
    if !origin.is_secure() || !matches!(origin.host(), Host::Domain(_)) || origin.is_localhost() {
        return Err(FetchError::RequestDenied(format!(
            "the provider names {origin} as an address of its own, and only its issuer may be plain http, this machine, or an address \
             without a name"
        )));
    }
    Ok(Grant {
        origin,
        private: false,
    })
}

/// The credential of a header, which the client puts into the request itself.
fn bearer(header: &str, origin: &Origin) -> Option<FixedBearer> {
    let audience = vec![origin.clone()];
    match header.split_once(' ')? {
        ("Bearer", token) => Some(FixedBearer::new(SecretString::from(token), audience)),
        ("Basic", pair) => {
            let pair = String::from_utf8(BASE64_STANDARD.decode(pair).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            Some(FixedBearer::password(
                user,
                &SecretString::from(password),
                audience,
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_leads_to_names_over_tls_and_nowhere_else() {
        let granted = |issuer: &str, url: &str| {
            let issuer = Origin::of(&Url::parse(issuer).unwrap());
            grant(&Url::parse(url).unwrap(), issuer.as_ref()).map(|grant| grant.private)
        };
        let public = "https://login.example/tenant";
        assert_eq!(granted(public, "https://login.example/keys"), Ok(true));
        assert_eq!(granted(public, "https://keys.example/keys"), Ok(false));
        assert_eq!(
            granted("http://127.0.0.1:9000/", "http://127.0.0.1:9000/keys"),
            Ok(true)
        );
        for url in [
            "http://login.example/keys",
            "http://127.0.0.1:9464/metrics",
            "https://127.0.0.1/keys",
            "https://10.0.0.1/keys",
            "https://[::1]/keys",
            "https://localhost/keys",
            "ftp://login.example/keys",
        ] {
            assert!(
                matches!(granted(public, url), Err(FetchError::RequestDenied(_))),
                "{url}"
            );
        }
    }

    #[test]
    fn a_secret_goes_into_the_header_by_the_client_alone() {
        use collector_egress::http::Bearer as _;
        let origin = Origin::of(&Url::parse("https://login.example").unwrap()).unwrap();
        let scheme = |header: &str| bearer(header, &origin).map(|bearer| bearer.scheme());
        assert_eq!(scheme("Basic YTpi"), Some("Basic"));
        assert_eq!(scheme("Bearer x"), Some("Bearer"));
        for header in ["Basic", "Basic %", "Basic YWI=", "Digest x", ""] {
            assert_eq!(scheme(header), None, "{header}");
        }
    }
}
