//! `http-fetch`: hands a request to the source's client. Grants, limits and retries are the client's.

use wasmtime::component::{Accessor, Resource};

use super::HostFunctions;
use super::secrets::{SecretHandle, secret_error};
use crate::http::{FetchError, Method, Request};
use crate::sandbox::bindings::http as wit;
use crate::sandbox::guest::Guest;
use crate::sandbox::limits::PENDING_REQUESTS;

impl wit::HostWithStore<Guest> for HostFunctions {
    async fn http_fetch(
        accessor: &Accessor<Guest, Self>,
        request: wit::Request,
        bearer: Option<Resource<SecretHandle>>,
    ) -> wasmtime::Result<Result<wit::Response, wit::FetchError>> {
        let begun = accessor.with(|mut access| -> wasmtime::Result<_> {
            let guest: &mut Guest = access.get();
            let bearer = match bearer {
                Some(handle) => Some(guest.table().get(&handle)?.bearer.clone()),
                None => None,
            };
            let Some(client) = guest.access.http.clone() else {
                return Ok(Err(
                    "nothing may be fetched while a connector describes itself".to_owned()
                ));
            };
            if guest.pending_requests >= PENDING_REQUESTS {
                return Ok(Err(format!(
                    "a call may wait for at most {PENDING_REQUESTS} requests at once"
                )));
            }
            guest.pending_requests += 1;
            Ok(Ok((client, bearer, guest.access.deadline)))
        })?;
        let (client, bearer, deadline) = match begun {
            Ok(begun) => begun,
            Err(why) => return Ok(Err(wit::FetchError::HttpRequestDenied(why))),
        };
        let answer = client
            .fetch(plain_request(request), bearer.as_deref(), deadline)
            .await;
        accessor.with(|mut access| access.get().pending_requests -= 1);
        Ok(match answer {
            Ok(response) => Ok(wit::Response {
                status: response.status,
                headers: response.headers,
                body: response.body,
            }),
            Err(error) => Err(fetch_error(error)),
        })
    }
}

impl wit::Host for Guest {}

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
        FetchError::ConnectionRefused(why) => Wit::ConnectionRefused(why),
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
