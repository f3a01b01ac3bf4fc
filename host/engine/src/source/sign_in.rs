//! How a source signs in: with its credentials in the order in which they are tried, or with the identity of the machine.

use std::sync::Arc;

use collector_egress::credential::{CredentialError, SecretBytes, SecretRef};
use collector_egress::grant::{Grants, Origin};
use collector_egress::http::Client;
use collector_egress::token::{
    Certificate, Credential, Grant, Identity, IdentityError, Issuer, Login, Proof, RefreshToken, TokenSource,
};
use collector_egress::vault::Vault;
use collector_model::form::REFRESH_TOKEN;
use collector_sandbox::{Authorization, Manifest};
use secrecy::SecretString;
use url::Url;

use super::{ReadSecret, SetupError};
use crate::configured::{ManagedIdentity, Source};
use crate::expiry::{Expiry, Kind};

/// When what a source signs in with ends.
#[derive(Default)]
pub(super) struct Expiries {
    certificates: Vec<Expiry>,
    /// Its end moves with each use.
    refresh_token: Option<Arc<RefreshToken>>,
}

impl Expiries {
    /// As they are now.
    pub(super) fn now(&self) -> Vec<Expiry> {
        let refresh_token = self.refresh_token.as_ref().and_then(|token| {
            Some(Expiry {
                kind: Kind::RefreshToken,
                credential: token.name(),
                at: token.expires_at()?,
            })
        });
        self.certificates.iter().cloned().chain(refresh_token).collect()
    }
}

/// The source of the token that the connector asks for, and when what is behind it ends.
pub(super) fn token_source(
    source: &Source,
    manifest: &Manifest,
    authorization: Authorization,
    grants: &Grants,
    client: &Client,
    read: &ReadSecret,
) -> Result<(TokenSource, Expiries), SetupError> {
    let broken = |what: &str, error: String| {
        SetupError::Connector(format!(
            "the connector {} returned an invalid {what}: {error}",
            manifest.name
        ))
    };
    let audience = authorization
        .audience
        .iter()
        .map(|origin| {
            origin
                .parse::<Origin>()
                .map_err(|error| broken("audience", error.to_string()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(identity) = &source.credentials.managed_identity {
        let identity = identity_of(source, identity, &authorization.scope)?;
        let tokens = TokenSource::new(Issuer::Identity(identity), audience);
        return Ok((tokens, Expiries::default()));
    }
    let endpoint: Url = authorization
        .token_endpoint
        .parse()
        .map_err(|error: url::ParseError| broken("token endpoint", error.to_string()))?;
    grants.check(&endpoint).map_err(|denied| {
        source.problem(
            "grants.http",
            &format!(
                "the token endpoint of connector {} is at an origin that is not granted",
                manifest.name
            ),
            &denied.to_string(),
        )
    })?;
    let Some(client_id) = source.credentials.client_id.clone() else {
        return Err(source
            .problem(
                "credentials",
                "`client-id` is missing",
                "add client-id = \"…\", the application (client) id of the app registration",
            )
            .into());
    };
    let (credentials, certificates) = credentials(source, read)?;
    let refresh_token = refresh_token(source, manifest, read)?.map(Arc::new);
    let grant = match &refresh_token {
        // The scope is the one that was consented to.
        Some(token) => Grant::Refresh(Arc::clone(token)),
        None => Grant::Client {
            scope: authorization.scope,
        },
    };
    let login = Login::new(
        &source.name,
        endpoint,
        grant,
        client_id,
        credentials,
        client.clone(),
    );
    let expiries = Expiries {
        certificates,
        refresh_token,
    };
    Ok((
        TokenSource::new(Issuer::Login(Arc::new(login)), audience),
        expiries,
    ))
}

/// The refresh token, if the source has one. A connector that asks for it gets no token otherwise.
fn refresh_token(
    source: &Source,
    manifest: &Manifest,
    read: &ReadSecret,
) -> Result<Option<RefreshToken>, SetupError> {
    let Some(configured) = &source.credentials.refresh_token else {
        if manifest.secrets.iter().any(|need| need.name == REFRESH_TOKEN) {
            return Err(source
                .problem(
                    &format!("credentials.{REFRESH_TOKEN}"),
                    "it is missing",
                    "add refresh-token = { env = \"VARIABLE\" }, the refresh token that was issued to the application",
                )
                .into());
        }
        return Ok(None);
    };
    let value = secret(source, read, REFRESH_TOKEN, &configured.place)?;
    let vault = Vault::of(&configured.data);
    Ok(Some(RefreshToken::new(
        &source.name,
        configured.place.clone(),
        value,
        vault,
    )))
}

/// The managed identity of this machine.
fn identity_of(source: &Source, identity: &ManagedIdentity, scope: &str) -> Result<Identity, SetupError> {
    let environment = |name: &str| std::env::var(name).ok();
    Identity::new(
        environment,
        scope,
        identity.client_id.as_deref(),
        &source.grants.identity,
    )
    .map_err(|error| {
        let key = match error {
            IdentityError::NotGranted(_) => "grants.identity",
            IdentityError::Malformed { .. } | IdentityError::Client(_) => "credentials.managed-identity",
        };
        source.problem(key, &error.to_string(), &error.remedy()).into()
    })
}

/// The credentials in the order in which they are tried: the strongest proof that tells no secret comes first. And when the certificates
/// end.
fn credentials(source: &Source, read: &ReadSecret) -> Result<(Vec<Credential>, Vec<Expiry>), SetupError> {
    let configured = &source.credentials;
    let (mut found, mut expiries) = (Vec::new(), Vec::new());
    if let Some(place) = &configured.federated_token {
        // It is read again for each request; here only its presence is checked.
        secret(source, read, "federated-token", place)?;
        found.push(Credential {
            name: format!("federated-token {place}"),
            proof: Proof::Federated(place.clone()),
        });
    }
    let passwords = configured
        .certificate_password
        .iter()
        .map(|place| secret(source, read, "certificate-password", place))
        .collect::<Result<Vec<_>, _>>()?;
    for place in &configured.certificate {
        let name = format!("certificate {place}");
        let bytes = secret_bytes(source, read, "certificate", place)?;
        let certificate = Certificate::read(&bytes, &passwords).map_err(|error| {
            source.problem(
                "credentials.certificate",
                &format!("{place} cannot be used: {error}"),
                error.remedy(),
            )
        })?;
        expiries.extend(certificate.not_after().map(|at| Expiry {
            kind: Kind::Certificate,
            credential: name.clone(),
            at,
        }));
        let proof = Proof::Certificate(Box::new(certificate));
        found.push(Credential { name, proof });
    }
    for place in &configured.client_secret {
        found.push(Credential {
            name: format!("client-secret {place}"),
            proof: Proof::Secret(secret(source, read, "client-secret", place)?),
        });
    }
    if found.is_empty() {
        return Err(source
            .problem(
                "credentials",
                "no credential is configured for this source",
                "add client-secret = { env = \"O365_CLIENT_SECRET\" }, or certificate = { file = \"app.pem\" }; or use federated-token or \
                 managed-identity",
            )
            .into());
    }
    Ok((found, expiries))
}

/// The bytes of a secret, or the problem with it in the configuration.
fn secret_bytes(
    source: &Source,
    read: &ReadSecret,
    key: &str,
    reference: &SecretRef,
) -> Result<SecretBytes, SetupError> {
    read(key, reference).map_err(|error| credential_problem(source, key, &error))
}

/// A secret that is text, or the problem with it in the configuration.
pub(super) fn secret(
    source: &Source,
    read: &ReadSecret,
    key: &str,
    reference: &SecretRef,
) -> Result<SecretString, SetupError> {
    let bytes = secret_bytes(source, read, key, reference)?;
    reference
        .text(key, &bytes)
        .map_err(|error| credential_problem(source, key, &error))
}

fn credential_problem(source: &Source, key: &str, error: &CredentialError) -> SetupError {
    source
        .problem(&format!("credentials.{key}"), &error.to_string(), error.remedy())
        .into()
}
