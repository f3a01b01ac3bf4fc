//! The managed identity of the machine: the platform's own endpoint, on this machine or its link, issues tokens to programs that run here.
//!
//! Virtual machines have the Instance Metadata Service ("How to use managed identities on a VM to acquire an access token"), or a
//! substitute that `AZURE_POD_IDENTITY_AUTHORITY_HOST` names. App Service, Functions and Container Apps name theirs in `IDENTITY_ENDPOINT`,
//! with a secret that shows that the request comes from inside ("REST endpoint reference" of App Service). A client of its own, with grants
//! of its own, reaches the endpoint: no connector can.

use std::time::Duration;

use collector_model::http::{Method, Request};
use collector_model::secret::SecretError;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::answer::{self, Issued};
use crate::grant::{Grants, LocalOrigin, Origin};
use crate::http::{Client, ClientError, Limits};

/// The Instance Metadata Service.
const IMDS: &str = "http://169.254.169.254";
/// During an update, the endpoint may be gone for 70 seconds.
const PATIENCE: Duration = Duration::from_secs(75);
/// Enough attempts for their waits to add up to at least that.
const ATTEMPTS: u32 = 10;

/// The endpoint of this machine's managed identity.
pub struct Identity {
    /// With its query.
    url: Url,
    origin: Origin,
    /// Name and value; the value is a secret with App Service.
    header: (&'static str, SecretString),
    client: Client,
}

/// Why the managed identity cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// An environment variable is not a valid address.
    #[error("the environment variable {variable} is not a valid address: {cause}")]
    Malformed {
        /// The variable's name.
        variable: &'static str,
        /// The cause.
        cause: String,
    },
    /// The endpoint is not granted.
    #[error("the endpoint of the managed identity, {0}, is not granted")]
    NotGranted(Origin),
    /// The client cannot be created.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl IdentityError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Malformed { .. } => "the platform sets it: check how the collector is started".to_owned(),
            Self::NotGranted(origin) => format!("add identity = [\"{origin}\"] to [source.grants]"),
            Self::Client(_) => "check this machine".to_owned(),
        }
    }
}

impl Identity {
    /// The endpoint according to the environment, for a token of `scope`, for the identity with this id or for the system's.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn new(
        environment: impl Fn(&str) -> Option<String>,
        scope: &str,
        client_id: Option<&str>,
        granted: &[LocalOrigin],
    ) -> Result<Self, IdentityError> {
        let set = |variable: &str| environment(variable).filter(|value| !value.is_empty());
        let (mut url, version, header) = match (set("IDENTITY_ENDPOINT"), set("IDENTITY_HEADER")) {
            (Some(endpoint), Some(secret)) => (
                address("IDENTITY_ENDPOINT", &endpoint)?,
                "2019-08-01",
                ("x-identity-header", SecretString::from(secret)),
            ),
            _ => {
                let variable = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
                let host = set(variable).unwrap_or_else(|| IMDS.to_owned());
                let mut url = address(variable, &host)?;
                url.set_path("/metadata/identity/oauth2/token");
                (url, "2018-02-01", ("metadata", SecretString::from("true")))
            }
        };
        let Some(origin) = Origin::of(&url) else {
            let (variable, cause) = ("IDENTITY_ENDPOINT", "neither https:// nor http://".to_owned());
            return Err(IdentityError::Malformed { variable, cause });
        };
        let Some(grant) = granted.iter().find(|granted| *granted.origin() == origin) else {
            return Err(IdentityError::NotGranted(origin));
        };
        // A scope in Entra is a resource here.
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        url.query_pairs_mut()
            .append_pair("api-version", version)
            .append_pair("resource", resource)
            .extend_pairs(client_id.map(|id| ("client_id", id)));
        let limits = Limits {
            in_flight: 1,
            attempts: ATTEMPTS,
            ..Limits::default()
        };
        let client = Client::new(Grants::of_identity([grant.clone()]), limits)?;
        Ok(Self {
            url,
            origin,
            header,
            client,
        })
    }

    pub(super) fn host(&self) -> Option<&str> {
        self.url.host_str()
    }

    pub(super) async fn issue(&self) -> Result<Issued, SecretError> {
        let (name, value) = &self.header;
        let request = Request {
            method: Method::GET,
            url: self.url.to_string(),
            headers: vec![((*name).to_owned(), value.expose_secret().to_owned())],
            body: None,
            repeatable: true,
        };
        let endpoint = format!("the endpoint of the managed identity, {},", self.origin);
        let no_answer = |error| {
            format!("cannot get a token of the managed identity: {error}; check that this machine has one")
        };
        let issued = answer::ask(&self.client, request, PATIENCE, &endpoint, &[value], no_answer).await;
        issued.map_err(|error| match error {
            SecretError::Authorization(mut failure) => {
                failure.description = format!(
                    "the endpoint of the managed identity refused: {}; check that the identity is assigned to this machine, and check managed-identity in \
                     the source's credentials",
                    failure.description
                );
                SecretError::Authorization(failure)
            }
            other => other,
        })
    }
}

fn address(variable: &'static str, text: &str) -> Result<Url, IdentityError> {
    Url::parse(text).map_err(|cause| IdentityError::Malformed {
        variable,
        cause: cause.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server::{Reply, Server, reply};

    const GRAPH: &str = "https://graph.microsoft.com/.default";

    fn identity(
        environment: &[(&str, &str)],
        client_id: Option<&str>,
        granted: &[&str],
    ) -> Result<Identity, IdentityError> {
        let granted: Vec<LocalOrigin> = granted.iter().map(|origin| origin.parse().unwrap()).collect();
        let read = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Identity::new(read, GRAPH, client_id, &granted)
    }

    /// The identity of App Service, at a granted server.
    fn of_app_service(service: &Server) -> Identity {
        let (origin, endpoint) = (service.origin().to_string(), service.url("/msi/token"));
        let environment = [
            ("IDENTITY_ENDPOINT", endpoint.as_str()),
            ("IDENTITY_HEADER", "hush"),
        ];
        identity(&environment, None, &[&origin]).unwrap()
    }

    async fn issued(identity: &Identity) -> Result<(String, u64), SecretError> {
        let issued = identity.issue().await?;
        Ok((issued.token.expose_secret().to_owned(), issued.life.as_secs()))
    }

    #[tokio::test]
    async fn the_metadata_service_is_asked_for_the_resource_of_the_scope() {
        let imds = Server::always(reply(
            200,
            "",
            r#"{"access_token":"t","expires_in":"86399","expires_on":"1","resource":"https://graph.microsoft.com","token_type":"Bearer"}"#,
        ))
        .await;
        let origin = imds.origin().to_string();
        let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", origin.as_str())];
        let identity = identity(&environment, Some("app-id"), &[&origin]).unwrap();
        assert_eq!(issued(&identity).await.unwrap(), ("t".to_owned(), 86_399));
        assert_eq!(
            imds.asked(),
            [
                "GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=app-id"
            ]
        );
        assert_eq!(imds.seen()[0].header("metadata"), Some("true"));
    }

    #[tokio::test]
    async fn app_service_is_asked_with_its_secret_and_names_the_end_of_the_token() {
        let until = chrono::Utc::now().timestamp() + 3_600;
        let service = Server::always(reply(
            200,
            "",
            &format!(r#"{{"access_token":"t","expires_on":"{until}","token_type":"Bearer"}}"#),
        ))
        .await;
        let identity = of_app_service(&service);
        let (token, life) = issued(&identity).await.unwrap();
        assert_eq!(token, "t");
        assert!((3_590..=3_600).contains(&life), "{life}");
        assert_eq!(
            service.asked(),
            ["GET /msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com"]
        );
        assert_eq!(service.seen()[0].header("x-identity-header"), Some("hush"));
    }

    #[test]
    fn without_its_own_grant_nothing_is_asked_and_the_line_to_add_is_said() {
        let error = identity(&[], None, &["http://127.0.0.1:4100"]).err().unwrap();
        assert_eq!(
            format!("{error}; {}", error.remedy()),
            "the endpoint of the managed identity, http://169.254.169.254, is not granted; add identity = [\"http://169.254.169.254\"] to \
             [source.grants]"
        );
        assert!(identity(&[], None, &["http://169.254.169.254"]).is_ok());
        let elsewhere = [
            ("IDENTITY_ENDPOINT", "https://evil.example/msi"),
            ("IDENTITY_HEADER", "hush"),
        ];
        let error = identity(&elsewhere, None, &["http://169.254.169.254"])
            .err()
            .unwrap();
        assert!(matches!(error, IdentityError::NotGranted(_)), "{error}");
        let none = [("IDENTITY_ENDPOINT", "somewhere"), ("IDENTITY_HEADER", "hush")];
        let error = identity(&none, None, &[]).err().unwrap().to_string();
        assert!(
            error.contains("IDENTITY_ENDPOINT") && !error.contains("hush"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_and_an_identity_that_is_not_there_is_said() {
        let imds = Server::start(|number, _| match number {
            0 => reply(302, "location: /elsewhere\r\n", ""),
            _ => reply(
                400,
                "",
                r#"{"error":"invalid_request","error_description":"Identity not found"}"#,
            ),
        })
        .await;
        let origin = imds.origin().to_string();
        let environment = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", origin.as_str())];
        let identity = identity(&environment, None, &[&origin]).unwrap();
        let error = issued(&identity).await.unwrap_err();
        assert!(matches!(error, SecretError::Unavailable(_)), "{error}");
        assert_eq!(imds.asked().len(), 1);
        let SecretError::Authorization(failure) = issued(&identity).await.unwrap_err() else {
            panic!("it is a refusal")
        };
        assert!(
            failure
                .description
                .contains("Identity not found; check that the identity is assigned"),
            "{}",
            failure.description
        );
    }

    #[tokio::test]
    async fn an_endpoint_that_is_not_there_yet_is_asked_again_and_what_repeats_the_secret_is_hidden() {
        let service = Server::start(|number, _| match number {
            0 => reply(404, "retry-after: 0.01\r\n", ""),
            1 => reply(410, "retry-after: 0.01\r\n", ""),
            2 => reply(500, "retry-after: 0.01\r\n", ""),
            3 => reply(429, "retry-after: 0.01\r\n", ""),
            4 => Reply::Cut(Vec::new()),
            _ => reply(
                400,
                "",
                r#"{"error":"invalid_request","error_description":"hush is no header"}"#,
            ),
        })
        .await;
        let identity = of_app_service(&service);
        let error = issued(&identity).await.unwrap_err().to_string();
        assert_eq!(service.asked().len(), 6);
        assert!(
            error.contains("*** is no header") && !error.contains("hush"),
            "{error}"
        );
    }
}
