//! `http-fetch`: passes a request to the source's client, which applies grants, limits and retries.

use collector_model::http::{FetchError, Method, Request, Response};
use wasmtime::component::{Accessor, Resource};

use super::HostFunctions;
use super::secrets::secret_error;
use crate::bindings::http as wit;
use crate::bounds::{Excess, HEADER, HEADERS, URL};
use crate::guest::Guest;
use crate::handle::SecretHandle;
use crate::known::Known;
use crate::limits::REQUEST_BODY;

impl wit::HostWithStore<Guest> for HostFunctions {
    async fn http_fetch(
        accessor: &Accessor<Guest, Self>,
        request: wit::Request,
        bearer: Option<Resource<SecretHandle>>,
    ) -> wasmtime::Result<Result<wit::Response, wit::FetchError>> {
        let size = size(&request);
        if request
            .body
            .as_ref()
            .is_some_and(|body| body.len() > REQUEST_BODY)
        {
            return Ok(Err(wit::FetchError::HttpRequestInvalid(format!(
                "a request's body may have at most {REQUEST_BODY} bytes; send less at once"
            ))));
        }
        if let Err(excess) = within_bounds(&request) {
            return Ok(Err(wit::FetchError::HttpRequestInvalid(excess.to_string())));
        }
        let begun = accessor.with(|mut access| -> wasmtime::Result<_> {
            let guest: &mut Guest = access.get();
            let secret = match bearer {
                Some(handle) => Some(guest.table().get(&handle)?.name.clone()),
                None => None,
            };
            let access = guest.access.clone();
            let Some(outside) = access.outside else {
                let why = "a connector may not fetch anything while it describes itself";
                return Ok(Err(wit::FetchError::HttpRequestDenied(why.to_owned())));
            };
            Ok(guest
                .pending
                .hold(size)
                .map(|held| (outside, secret, access.deadline, held, access.known))
                .map_err(wit::FetchError::HttpRequestInvalid))
        })?;
        let (outside, secret, deadline, held, known) = match begun {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        // If no place is free until the deadline, the client reports that the time is up.
        let _place = held.place(deadline).await;
        let answer = outside
            .fetch(plain_request(request), secret.as_deref(), deadline)
            .await;
        Ok(match answer {
            Ok(response) => Ok(without_secrets(response, &known)),
            Err(error) => Err(fetch_error(error)),
        })
    }
}

impl wit::Host for Guest {}

/// A server that echoes the request would show the connector a credential that it may use but not see.
fn without_secrets(response: Response, known: &Known) -> wit::Response {
    let mut body = response.body;
    known.mask(&mut body);
    let headers = response.headers.into_iter();
    wit::Response {
        status: response.status,
        headers: headers.map(|(name, value)| (name, known.cut(value))).collect(),
        body,
    }
}

fn within_bounds(request: &wit::Request) -> Result<(), Excess> {
    URL.check(&request.url)?;
    HEADERS.check(&request.headers)?;
    request
        .headers
        .iter()
        .try_for_each(|(name, value)| HEADER.check(name).and(HEADER.check(value)))
}

/// The number of bytes in a request.
fn size(request: &wit::Request) -> usize {
    let headers = request
        .headers
        .iter()
        .map(|header| size_of_val(header) + header.0.len() + header.1.len());
    request.url.len() + headers.sum::<usize>() + request.body.as_ref().map_or(0, Vec::len)
}

fn plain_request(request: wit::Request) -> Request {
    Request {
        method: match request.method {
            wit::Method::Get => Method::GET,
            wit::Method::Head => Method::HEAD,
            wit::Method::Post => Method::POST,
            wit::Method::Put => Method::PUT,
            wit::Method::Patch => Method::PATCH,
            wit::Method::Delete => Method::DELETE,
        },
        url: request.url,
        headers: request.headers,
        body: request.body,
        repeatable: request.repeatable,
    }
}

fn fetch_error(error: FetchError) -> wit::FetchError {
    use wit::FetchError as Wit;
    match error {
        FetchError::RequestInvalid(why) => Wit::HttpRequestInvalid(why),
        FetchError::RequestDenied(why) => Wit::HttpRequestDenied(why),
        FetchError::DestinationProhibited(why) => Wit::DestinationIpProhibited(why),
        FetchError::Dns(why) => Wit::DnsError(why),
        // The contract knows no proxies: to a connector, the service cannot be reached.
        FetchError::ConnectionRefused(why) | FetchError::Proxy(why) => Wit::ConnectionRefused(why),
        FetchError::ConnectionTimeout(why) => Wit::ConnectionTimeout(why),
        FetchError::ConnectionTerminated(why) => Wit::ConnectionTerminated(why),
        FetchError::Tls(why) => Wit::TlsError(why),
        FetchError::ResponseTimeout(why) => Wit::HttpResponseTimeout(why),
        FetchError::ResponseHeaderSize(why) => Wit::HttpResponseHeaderSectionSize(why),
        FetchError::ResponseBodySize(why) => Wit::HttpResponseBodySize(why),
        FetchError::Protocol(why) => Wit::HttpProtocolError(why),
        FetchError::BudgetExhausted(why) => Wit::BudgetExhausted(why),
        FetchError::Bearer(error) => Wit::Bearer(secret_error(error)),
    }
}
