//! What all pages share: the program behind them, their address, and how a page becomes an answer.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use tokio::sync::Mutex;
use tower_sessions::Session;

use crate::address::Address;
use crate::api::{Backend, Deed};
use crate::bodies::Room;
use crate::fault::{Answer, Fault};
use crate::layout::{self, Nav, Shell};
use crate::pages::elements::foreign;
use crate::password::Passwords;
use crate::refusals::Refusals;
use crate::seldom::Seldom;
use crate::session::{self, Signed};
use crate::slowdown::Slowdown;
use crate::turns::Turns;
use crate::{ClientAddress, Settings, TrustedProxies};

/// What all pages share.
pub(crate) struct Portal {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) address: Address,
    pub(crate) secure: bool,
    pub(crate) setup_token: Option<SecretString>,
    /// Held while the first account is made, so that there is only one.
    pub(crate) setup: Mutex<()>,
    pub(crate) passwords: Passwords,
    pub(crate) slowdown: Slowdown,
    pub(crate) refusals: Arc<Refusals>,
    /// The memory that posted records share.
    pub(crate) posts: Room,
    /// What the tokens of the API are asking.
    pub(crate) turns: Turns,
    pub(crate) proxies: TrustedProxies,
    /// Limits log lines about requests that name another server.
    pub(crate) misdirected: Seldom,
    /// Limits log lines about untrusted peers that send `X-Forwarded-For`.
    pub(crate) untrusted: Seldom,
    /// Limits log lines about trusted proxies that do not send it.
    pub(crate) silent: Seldom,
}

impl Portal {
    pub(crate) fn new(backend: Arc<dyn Backend>, settings: Settings) -> Self {
        Self {
            refusals: Arc::new(Refusals::new(Arc::clone(&backend))),
            backend,
            address: Address::new(&settings.address),
            secure: settings.secure,
            setup_token: settings.setup_token,
            setup: Mutex::new(()),
            passwords: Passwords::new(),
            slowdown: Slowdown::new(),
            posts: Room::new(),
            turns: Turns::default(),
            proxies: settings.proxies,
            misdirected: Seldom::default(),
            untrusted: Seldom::default(),
            silent: Seldom::default(),
        }
    }

    /// Writes an entry to the audit log.
    pub(crate) async fn audit(
        &self,
        who: &str,
        action: &str,
        subject: &str,
        detail: String,
    ) -> Result<(), Fault> {
        Ok(self
            .backend
            .audit(Deed::new(who, action, subject, detail))
            .await?)
    }
}

/// A page for the signed-in account, with the pending notice above it.
pub(crate) async fn show(
    session: &Session,
    signed: &Signed,
    current: Nav,
    title: &str,
    content: Markup,
) -> Answer {
    show_with(session, signed, current, title, html! {}, content).await
}

/// The same with additional elements in its head.
pub(crate) async fn show_with(
    session: &Session,
    signed: &Signed,
    current: Nav,
    title: &str,
    head: Markup,
    content: Markup,
) -> Answer {
    let notice = session::take_notice(session).await?;
    let shell = shell(signed, current);
    let content = html! {
        @if let Some(notice) = notice { p.notice role="status" { (foreign(&notice)) } }
        (content)
    };
    Ok(layout::page_with(&shell, title, head, content).into_response())
}

/// The frame of a page for whoever is signed in.
pub(crate) fn shell(signed: &Signed, current: Nav) -> Shell<'_> {
    Shell {
        role: Some(signed.role),
        account: Some(&signed.account),
        csrf: Some(&signed.csrf),
        current,
    }
}

/// Redirects to another page, with GET.
pub(crate) fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The address a request comes from.
pub(crate) fn client(request: &Request) -> IpAddr {
    request
        .extensions()
        .get::<ClientAddress>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0)
}
