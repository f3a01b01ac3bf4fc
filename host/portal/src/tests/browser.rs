//! A simulated browser: keeps the cookie, sends the headers of a browser, and remembers the token of the last page.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use secrecy::SecretString;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};

use super::fake::{Fake, PASSWORD};
use crate::portal::Portal;
use crate::{ClientAddress, Settings, TrustedProxies, routes};

pub(crate) struct Browser {
    pub(crate) fake: Arc<Fake>,
    pub(crate) portal: Arc<Portal>,
    router: Router,
    pub(crate) cookie: Option<String>,
    /// The cookie of a sign-in that is under way at the provider.
    pub(crate) away: Option<String>,
    pub(crate) csrf: String,
    pub(crate) host: String,
    pub(crate) address: IpAddr,
    /// The `X-Forwarded-For` of a proxy in between.
    pub(crate) forwarded: Option<String>,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn holds(&self, text: &str) {
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
    }

    #[track_caller]
    pub(crate) fn lacks(&self, text: &str) {
        assert!(!self.body.contains(text), "{text:?} is in {}", self.body);
    }

    #[track_caller]
    pub(crate) fn leads_to(&self, path: &str) {
        assert_eq!(
            (self.status, self.location()),
            (StatusCode::SEE_OTHER, path),
            "{}",
            self.body
        );
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
    }
}

impl Browser {
    /// A browser for a portal at `http://localhost:9463/` with the account ada.
    pub(crate) fn new() -> Self {
        Self::at("http://localhost:9463/", Fake::with_account())
    }

    /// A browser for a portal without accounts, whose first-run token is `the-token`.
    pub(crate) fn first_run() -> Self {
        Self::at("http://localhost:9463/", Fake::default())
    }

    pub(crate) fn at(address: &str, fake: Fake) -> Self {
        let address = Url::parse(address).unwrap();
        let fake = Arc::new(fake);
        let settings = Settings {
            secure: address.scheme() == "https",
            setup_token: Some(SecretString::from("the-token")),
            address: address.clone(),
            proxies: TrustedProxies::new(vec!["127.0.0.1/32".parse().unwrap()]),
        };
        let portal = Arc::new(Portal::new(
            Arc::clone(&fake) as Arc<dyn crate::Backend>,
            settings,
        ));
        Self {
            router: routes(Arc::clone(&portal)),
            portal,
            fake,
            cookie: None,
            away: None,
            csrf: String::new(),
            host: address.authority().to_owned(),
            address: "192.0.2.7".parse().unwrap(),
            forwarded: None,
        }
    }

    /// Another browser for the same portal.
    pub(crate) fn other(&self) -> Self {
        Self {
            fake: Arc::clone(&self.fake),
            portal: Arc::clone(&self.portal),
            router: self.router.clone(),
            cookie: None,
            away: None,
            csrf: String::new(),
            host: self.host.clone(),
            address: self.address,
            forwarded: self.forwarded.clone(),
        }
    }

    pub(crate) async fn signed_in() -> Self {
        let mut browser = Self::new();
        browser.sign_in().await;
        browser
    }

    pub(crate) async fn sign_in(&mut self) {
        self.sign_in_as("ada").await;
    }

    pub(crate) async fn sign_in_as(&mut self, account: &str) {
        let reply = self
            .post("/login", &[("account", account), ("password", PASSWORD)])
            .await;
        reply.leads_to("/");
        self.get("/account").await.is(200);
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Submits a form of the last page, as browsers do when pages send no referrer.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.clone();
        let fields = [&[("csrf", csrf.as_str())], fields].concat();
        self.post_with(
            path,
            &fields,
            &[("sec-fetch-site", "same-origin"), (ORIGIN.as_str(), "null")],
        )
        .await
    }

    /// Submits exactly these fields and headers.
    pub(crate) async fn post_with(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Reply {
        let headers = request.headers_mut();
        if !headers.contains_key(HOST) {
            headers.insert(HOST, self.host.parse().unwrap());
        }
        let cookies: Vec<&str> = [&self.cookie, &self.away]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        if !cookies.is_empty() {
            headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        if let Some(forwarded) = &self.forwarded {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        request.extensions_mut().insert(ClientAddress(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            if pair.contains("-sign-in=") {
                self.away = (!pair.ends_with('=')).then(|| pair.to_owned());
            } else {
                self.keep(pair);
            }
        }
        self.read(parts, body).await
    }

    /// Keeps a cookie: the session's, or the one that names the zone.
    fn keep(&mut self, pair: &str) {
        let kept = self.cookie.take().unwrap_or_default();
        let is_zone = |pair: &&str| pair.starts_with("zone=");
        let (session, zone) = if is_zone(&pair) {
            (kept.split("; ").find(|pair| !is_zone(pair)), Some(pair))
        } else {
            (
                (!pair.ends_with('=')).then_some(pair),
                kept.split("; ").find(is_zone),
            )
        };
        let cookies: Vec<&str> = session.into_iter().chain(zone).collect();
        self.cookie = (!cookies.is_empty()).then(|| cookies.join("; "));
    }

    async fn read(&mut self, parts: axum::http::response::Parts, body: Body) -> Reply {
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        if let Some((_, rest)) = body.split_once("name=\"csrf\" value=\"") {
            self.csrf = rest.split('"').next().unwrap().to_owned();
        }
        Reply {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}
