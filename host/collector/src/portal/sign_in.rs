//! Signs people in by the configured provider of identities: keeps what has begun until the browser comes back, and gives roles.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use collector_admin::config::{self, Config, lines};
use collector_engine::consent::State;
use collector_engine::source::{SetupError, network_of};
use collector_model::http::FetchError;
use collector_model::text::{plain, shorten};
use collector_portal::api::{SignInAnswer, SignInProblem, Visitor};
use collector_sign_in::{Http, IssuerUrl, Pending, Person, Provider, Settings, SignInError, reach};
use collector_store::{ApiToken, SharedStore};
use collector_tasks::blocking::blocking;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;
use url::Url;

use super::program::{Program, failed, now};

/// The path below the portal's address that the provider returns to.
const REDIRECT: &str = "sign-in/answer";
/// The path that it returns to after a sign-out.
const SIGNED_OUT: &str = "login";
/// How long a sign-out waits for what the provider says about itself.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long somebody may take at the provider.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// Most sign-ins that have begun. One more ends the oldest.
const MOST: usize = 1_000;
/// Longest text of the provider on a page or in the log.
const LONGEST: usize = 300;

/// Sign-in by the provider.
pub(super) struct SignIn {
    settings: config::SignIn,
    issuer: Url,
    provider: Provider,
    begun: Mutex<VecDeque<Begun>>,
}

/// A sign-in that has begun. What the browser has of it is kept as digests.
struct Begun {
    state: String,
    browser: String,
    pending: Pending,
    next: String,
    at: Instant,
}

impl SignIn {
    /// The sign-in that is configured for the portal at this address, if any.
    ///
    /// # Errors
    /// The issuer, which was checked when it was read, is not a URL.
    pub(super) fn of(config: &Config, address: &Url) -> anyhow::Result<Option<Self>> {
        let Some(settings) = config.portal.sign_in.clone() else {
            return Ok(None);
        };
        let provider = Provider::new(Settings {
            issuer: IssuerUrl::new(settings.issuer.clone()).context("`issuer` in [portal.sign-in]")?,
            client_id: settings.client_id.clone(),
            scopes: settings.scopes.clone(),
            claim: settings.claim.clone(),
            redirect: address.join(REDIRECT)?,
            signed_out: address.join(SIGNED_OUT)?,
        });
        Ok(Some(Self {
            issuer: settings.issuer.parse()?,
            settings,
            provider,
            begun: Mutex::default(),
        }))
    }

    /// The words of the button.
    pub(super) fn words(&self) -> &str {
        &self.settings.name
    }

    /// The address of the provider's page.
    pub(super) async fn begin(
        &self,
        program: &Program,
        browser: &str,
        next: &str,
    ) -> Result<String, SignInProblem> {
        let http = self.http(program).await?;
        let begun = self.provider.begin(&http).await.map_err(|error| told(&error))?;
        self.keep(Begun {
            state: State::digest_of(begun.state.expose_secret()),
            browser: State::digest_of(browser),
            pending: begun.pending,
            next: next.to_owned(),
            at: Instant::now(),
        });
        Ok(begun.address.into())
    }

    /// The address of the provider's page that ends its session; none if it has none, or does not say so in time. Who is signed out here is not kept
    /// waiting for that.
    pub(super) async fn sign_out(&self, program: &Program) -> Option<String> {
        let asking = async {
            let http = self.http(program).await.ok()?;
            match self.provider.sign_out(&http).await {
                Ok(page) => page.map(String::from),
                Err(error) => {
                    tracing::warn!(
                        "somebody signed out of the Admin Portal and not of the provider: {error}"
                    );
                    None
                }
            }
        };
        tokio::time::timeout(PATIENCE, asking).await.unwrap_or_default()
    }

    /// Whom the provider's answer names.
    pub(super) async fn end(
        &self,
        program: &Program,
        browser: &str,
        answer: SignInAnswer,
    ) -> Result<Visitor, SignInProblem> {
        let begun = self
            .take(answer.state.as_deref().unwrap_or_default(), browser)
            .ok_or(SignInProblem::Disbelieved)?;
        if answer
            .issuer
            .is_some_and(|issuer| issuer != self.provider.issuer())
        {
            return Err(SignInProblem::Disbelieved);
        }
        if let Some(error) = answer.error {
            let text = match answer.error_description {
                Some(why) => format!("{error}: {why}"),
                None => error,
            };
            let text = bounded(&text);
            tracing::warn!("the provider did not sign somebody in to the Admin Portal: {text}");
            return Err(SignInProblem::Refused(text));
        }
        let code = answer.code.ok_or(SignInProblem::Disbelieved)?;
        let (http, secret) = (self.http(program).await?, self.secret().await?);
        let person = self
            .provider
            .end(&http, &secret, begun.pending, code)
            .await
            .map_err(|error| told(&error))?;
        self.judge(&program.store, person, begun.next).await
    }

    /// Gives somebody a role, and keeps it for the sessions and tokens of that identity.
    async fn judge(
        &self,
        store: &SharedStore,
        person: Person,
        next: String,
    ) -> Result<Visitor, SignInProblem> {
        let Person {
            identity,
            account,
            values,
            has_too_many,
        } = person;
        let role = self.settings.role_of(values.as_deref().unwrap_or_default());
        let kept = identity.clone();
        store
            .write(move |store| store.put_visitor(&kept, role, now()))
            .await
            .map_err(failed)?;
        if let Some(role) = role {
            return Ok(Visitor {
                identity,
                account,
                role,
                next,
            });
        }
        let claim = &self.settings.claim;
        match (&values, has_too_many) {
            (_, true) => tracing::warn!(
                "{account} has no role in the Admin Portal: the provider left out the claim {claim:?}, because it has too many values; use \
                 app roles and claim = \"roles\""
            ),
            (None, _) => tracing::warn!(
                "{account} has no role in the Admin Portal: the provider's token has no claim {claim:?}; make the provider add it, or name \
                 another `claim` in [portal.sign-in]"
            ),
            (Some(values), _) => tracing::warn!(
                "{account} has no role in the Admin Portal: none of the values of the claim {claim:?} is in [portal.sign-in]: {}",
                bounded(&values.join(", "))
            ),
        }
        let hint = match (values, has_too_many) {
            (_, true) => Some(
                "You are in so many groups that the provider did not name them; roles of the application work all the same.",
            ),
            (None, _) => {
                Some("The provider named no roles at all; the collector's log says what is missing.")
            }
            (Some(_), _) => None,
        };
        Err(SignInProblem::NoRole {
            account,
            hint: hint.map(str::to_owned),
        })
    }

    /// A token as it stands: what belongs to somebody of another provider stops.
    pub(super) fn standing(sign_in: Option<&Self>, mut token: ApiToken) -> ApiToken {
        let is_visitor = |owner: &str| owner.starts_with("oidc:");
        let is_ours = |owner: &str| {
            sign_in.is_some_and(|sign_in| owner.starts_with(&format!("oidc:{} ", sign_in.provider.issuer())))
        };
        if token
            .owner
            .as_deref()
            .is_some_and(|owner| is_visitor(owner) && !is_ours(owner))
        {
            token.owner_role = None;
        }
        token
    }

    fn keep(&self, begun: Begun) {
        let mut all = self.lock();
        all.retain(|other| other.at.elapsed() < LIFE);
        while all.len() >= MOST {
            all.pop_front();
        }
        all.push_back(begun);
    }

    /// What began with this state in this browser. It can be taken once.
    fn take(&self, state: &str, browser: &str) -> Option<Begun> {
        let (state, browser) = (State::digest_of(state), State::digest_of(browser));
        let mut all = self.lock();
        let at = all
            .iter()
            .position(|begun| begun.state == state && begun.browser == browser)?;
        all.remove(at).filter(|begun| begun.at.elapsed() < LIFE)
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What reaches the provider now, as `[egress]` says.
    async fn http(&self, program: &Program) -> Result<Http, SignInProblem> {
        let (config, issuer) = (program.config(), self.issuer.clone());
        blocking(move || network_of(&config.egress).map(|network| reach(&issuer, network)))
            .await
            .map_err(|error| {
                let problem = match error {
                    SetupError::Configuration(problems) => lines(&problems),
                    SetupError::Installed(problem) | SetupError::Connector(problem) => problem,
                };
                tracing::error!("single sign-on does not work: {problem}");
                SignInProblem::Failed(
                    "the collector's network is not configured right; its log has the reason".to_owned(),
                )
            })
    }

    /// The client secret as it is now: it may have been replaced.
    async fn secret(&self) -> Result<SecretString, SignInProblem> {
        let reference = self.settings.client_secret.clone();
        blocking(move || reference.read("client-secret"))
            .await
            .map_err(|error| {
                tracing::error!(
                    "single sign-on does not work: `client-secret` in [portal.sign-in]: {error}; {}",
                    error.remedy()
                );
                SignInProblem::Failed(
                    "the collector cannot read its client secret; its log has the reason".to_owned(),
                )
            })
    }
}

/// What the page says. Strangers read it, so what the network is like stays in the log.
fn told(error: &SignInError) -> SignInProblem {
    tracing::warn!("single sign-on to the Admin Portal failed: {error}");
    let why = match error {
        SignInError::Unreachable(error) => match error {
            FetchError::Dns(_) => "the name of the provider cannot be found",
            FetchError::ConnectionRefused(_) => "the provider cannot be reached",
            FetchError::ConnectionTimeout(_)
            | FetchError::ResponseTimeout(_)
            | FetchError::BudgetExhausted(_) => "the provider does not answer in time",
            FetchError::ConnectionTerminated(_) => {
                "the provider ended the connection before its answer was complete"
            }
            FetchError::Tls(_) => "the certificate of the provider is not trusted",
            FetchError::ResponseHeaderSize(_) | FetchError::ResponseBodySize(_) => {
                "the provider's answer is larger than the collector takes"
            }
            FetchError::Proxy(_) => "the proxy does not let the collector through to the provider",
            FetchError::RequestInvalid(_)
            | FetchError::RequestDenied(_)
            | FetchError::DestinationProhibited(_)
            | FetchError::Protocol(_)
            | FetchError::Bearer(_) => "the collector's log has the reason",
        },
        SignInError::Discovery(_) => {
            "what the provider says about itself cannot be used; the collector's log has the reason"
        }
        SignInError::Refused(_) => {
            "the provider did not tell the collector who you are; the collector's log has the reason"
        }
        SignInError::Token(_) => {
            "the provider's answer could not be verified; the collector's log has the reason"
        }
    };
    SignInProblem::Failed(why.to_owned())
}

/// Foreign text in one line, without what could deceive a reader.
fn bounded(text: &str) -> String {
    shorten(&plain(text), LONGEST).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use collector_store::Role;

    use super::*;

    fn sign_in(issuer: &str) -> SignIn {
        let text = format!(
            "[portal.sign-in]\nissuer = \"{issuer}\"\nclient-id = \"c\"\nclient-secret = {{ env = \"S\" }}\nviewers = [\"v\"]\n"
        );
        let config = Config::parse(&text, Path::new("collector.toml")).unwrap();
        let address = "https://rooms.example/".parse().unwrap();
        SignIn::of(&config, &address).unwrap().unwrap()
    }

    #[test]
    fn a_token_of_another_providers_visitor_stops_and_others_stand() {
        let token = |owner: Option<&str>| ApiToken {
            number: 1,
            name: "dashboard".into(),
            scopes: "figures".into(),
            made_by: "zoe".into(),
            made_at: 0,
            ends_at: 1,
            used_at: None,
            owner: owner.map(str::to_owned),
            role: Role::Analyst,
            owner_role: Some(Role::Administrator),
        };
        let (ours, other) = (
            sign_in("https://login.example"),
            sign_in("https://login.example.org"),
        );
        let stands =
            |sign_in: Option<&SignIn>, owner| SignIn::standing(sign_in, token(owner)).standing().is_some();
        for sign_in in [None, Some(&ours), Some(&other)] {
            assert!(stands(sign_in, None) && stands(sign_in, Some("ada")));
        }
        let visitor = Some("oidc:https://login.example zoe");
        assert!(stands(Some(&ours), visitor));
        assert!(!stands(Some(&other), visitor) && !stands(None, visitor));
    }
}
