//! The provider: what it says about itself, how a sign-in begins, and how it ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures::future::BoxFuture;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, IssuerUrl,
    LogoutRequest, Nonce, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, Scope,
    SignatureVerificationError, TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::time::Instant;
use url::Url;

use crate::metadata::Metadata;
use crate::{Http, Person, SignInError};

/// How long what the provider says about itself is believed. Keys change every few weeks, and an unknown one is asked for at once.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How soon keys may be asked for again because a token has an unknown one.
const AGAIN: Duration = Duration::from_secs(60);

/// Signatures that are believed: those that the provider alone can make. Not those by the client secret, and never none.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How the collector is known to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The provider's issuer, as the provider itself writes it.
    pub issuer: IssuerUrl,
    /// The client id.
    pub client_id: String,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// The claim whose values are asked for.
    pub claim: String,
    /// Where the provider sends the browser back to.
    pub redirect: Url,
    /// Where the provider sends it after a sign-out.
    pub signed_out: Url,
}

/// A provider. What it says about itself is kept for an hour.
pub struct Provider {
    settings: Settings,
    found: Mutex<Option<Found>>,
}

#[derive(Clone)]
struct Found {
    metadata: Metadata,
    at: Instant,
}

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser is sent.
    pub address: Url,
    /// What its answer repeats. The caller believes an answer only from the browser that was sent.
    pub state: SecretString,
    /// What its end needs.
    pub pending: Pending,
}

/// What binds the end of a sign-in to its beginning, used once.
pub struct Pending {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl Provider {
    /// A provider that was not asked anything yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            found: Mutex::default(),
        }
    }

    /// Its issuer.
    pub fn issuer(&self) -> &str {
        self.settings.issuer.as_str()
    }

    /// Begins a sign-in.
    ///
    /// # Errors
    /// The provider does not say where its page is.
    pub async fn begin(&self, http: &Http) -> Result<Begun, SignInError> {
        let metadata = self.metadata(http, FRESH).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.settings.client_id.clone()),
            None,
        )
        .set_redirect_uri(RedirectUrl::from_url(self.settings.redirect.clone()));
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        // This one is always asked for.
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (address, state, nonce) = request.url();
        if !matches!(address.scheme(), "https" | "http") {
            return Err(SignInError::Discovery("its page has no web address".to_owned()));
        }
        Ok(Begun {
            address,
            state: SecretString::from(state.into_secret()),
            pending: Pending { nonce, verifier },
        })
    }

    /// Ends a sign-in with the code of its answer.
    ///
    /// # Errors
    /// The provider does not answer, gives no token, or gives one that is not to be believed.
    pub async fn end(
        &self,
        http: &Http,
        secret: &SecretString,
        pending: Pending,
        code: String,
    ) -> Result<Person, SignInError> {
        let metadata = self.metadata(http, FRESH).await?;
        let id_token = self
            .exchange(http, &metadata, secret, pending.verifier, code)
            .await?;
        match self.check(&metadata, &id_token, &pending.nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // The provider may have new keys.
                let metadata = self.metadata(http, AGAIN).await?;
                self.check(&metadata, &id_token, &pending.nonce)?;
            }
            checked => checked?,
        }
        Person::of(self.issuer(), &claims(&id_token)?, &self.settings.claim)
    }

    /// Where a browser ends its session at the provider; none if the provider has no such page. The provider may ask the person first: no token that
    /// would prove who asks is kept.
    ///
    /// # Errors
    /// The provider does not say what it has.
    pub async fn sign_out(&self, http: &Http) -> Result<Option<Url>, SignInError> {
        let metadata = self.metadata(http, FRESH).await?;
        let page = metadata.additional_metadata().page().map(|page| {
            LogoutRequest::from(page)
                .set_client_id(ClientId::new(self.settings.client_id.clone()))
                .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(
                    self.settings.signed_out.clone(),
                ))
                .http_get_url()
        });
        Ok(page)
    }

    async fn exchange(
        &self,
        http: &Http,
        metadata: &Metadata,
        secret: &SecretString,
        verifier: PkceCodeVerifier,
        code: String,
    ) -> Result<CoreIdToken, SignInError> {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            Some(ClientSecret::new(secret.expose_secret().to_owned())),
        )
        .set_redirect_uri(RedirectUrl::from_url(self.settings.redirect.clone()))
        .set_auth_type(proof(metadata));
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| SignInError::Discovery("it names no endpoint for tokens".to_owned()))?
            .set_pkce_verifier(verifier);
        let asking: BoxFuture<'_, _> = Box::pin(request.request_async(http));
        let answer = asking.await.map_err(SignInError::of_exchange)?;
        answer
            .id_token()
            .cloned()
            .ok_or_else(|| SignInError::Token("there is none about who signed in (no id_token)".to_owned()))
    }

    fn check(
        &self,
        metadata: &Metadata,
        id_token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<(), ClaimsVerificationError> {
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(self.settings.client_id.clone()),
            None,
        );
        let verifier = client.id_token_verifier().set_allowed_algs(SIGNATURES);
        id_token.claims(&verifier, nonce).map(drop)
    }

    /// What the provider says about itself, not older than this. Several may ask at once: a provider that hangs holds up nobody but those.
    async fn metadata(&self, http: &Http, oldest: Duration) -> Result<Metadata, SignInError> {
        if let Some(found) = self.found().as_ref().filter(|found| found.at.elapsed() < oldest) {
            return Ok(found.metadata.clone());
        }
        // In a box, so that the compiler knows that it may move between threads.
        let discovering: BoxFuture<'_, _> =
            Box::pin(Metadata::discover_async(self.settings.issuer.clone(), http));
        let metadata = discovering.await.map_err(SignInError::of_discovery)?;
        *self.found() = Some(Found {
            metadata: metadata.clone(),
            at: Instant::now(),
        });
        Ok(metadata)
    }

    fn found(&self) -> MutexGuard<'_, Option<Found>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the secret is sent: in the header, unless the provider only takes it in the body.
fn proof(metadata: &Metadata) -> AuthType {
    match metadata.token_endpoint_auth_methods_supported() {
        Some(methods)
            if methods.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !methods.contains(&CoreClientAuthMethod::ClientSecretBasic) =>
        {
            AuthType::RequestBody
        }
        _ => AuthType::BasicAuth,
    }
}

/// All claims of a token that was verified, also those that no standard names.
fn claims(id_token: &CoreIdToken) -> Result<Map<String, Value>, SignInError> {
    let text = id_token.to_string();
    let payload = text.split('.').nth(1).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD
        .decode(payload)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| SignInError::Token("its claims are no JSON object".to_owned()))
}
