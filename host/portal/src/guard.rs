//! Decides what a request may do. Every path but a few open ones needs a session, whose role may open it (`roles.rs`). Every change also
//! needs proof that one of our own pages sent it: the browser's word (`Sec-Fetch-Site`, `Origin`) and the session's token in the form. A
//! change then runs to its end, even if the browser does not wait for the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;
use tokio::time::timeout;
use tower_sessions::Session;

use crate::account;
use crate::address::Named;
use crate::fault::{self, Fault};
use crate::fields::Fields;
use crate::layout::{Nav, Shell};
use crate::next::{LOST, page_of};
use crate::pages::elements::link;
use crate::portal::{Portal, see, shell};
use crate::reader::Reader;
use crate::roles::{self, Role};
use crate::session::{self, Signed};

/// Largest form in bytes. A certificate with its key takes some five thousand.
const LARGEST: usize = 64 << 10;
/// The same for administrators: a thousand feeds take some 400,000.
const LARGEST_OF_ADMINISTRATORS: usize = 1 << 20;
/// How long a form's body may take to arrive. The largest needs a second on a slow line; a client that sends a byte now and then would
/// hold a place that others wait for.
const LONGEST: Duration = Duration::from_secs(10);

/// Paths that need no session for GET or POST.
const OPEN: [&str; 4] = ["/login", "/setup", account::BEGIN, account::ANSWER];
/// Where the consent page returns to. Without a session it explains what to do, so it does not redirect to the sign-in.
const COMEBACK: &str = "/authorized";
/// Where programs ask.
const API: &str = "/api/";
/// The parts of a draft or source that the script requests by itself.
const FRAGMENTS: [&str; 2] = ["state", "validation"];
/// The parts of other pages that the script requests by itself.
const PARTS: [&str; 2] = [crate::pages::overview::PRESENT, crate::pages::sinks::PRESENT];

/// Answers only requests that name the portal. A page that is read under another name of this machine redirects to the configured name:
/// the consent page returns there, and a session belongs to one name.
pub(crate) async fn only_ours(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let address = &portal.address;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match address.named(&request) {
        Named::Ours => next.run(request).await,
        // Programs need no session, and would not take their token along.
        Named::Alias if reads && !request.headers().contains_key(ORIGIN) && !is_for_programs(&request) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            see(&format!("{}{path}", address.origin))
        }
        Named::Alias => next.run(request).await,
        Named::Foreign => {
            let remedy = address.remedy();
            if portal.misdirected.is_due() {
                tracing::warn!(
                    "refused a request to the Admin Portal that does not name {}: {remedy}",
                    address.origin
                );
            }
            Fault::new(
                StatusCode::MISDIRECTED_REQUEST,
                "This is not the address of the Admin Portal",
                format!("Open {} instead. {remedy}", address.origin),
            )
            .into_response()
        }
    }
}

fn is_for_programs(request: &Request) -> bool {
    request.uri().path().starts_with(API)
}

/// Passes on requests that are allowed.
pub(crate) async fn guard(
    State(portal): State<Arc<Portal>>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let reader = Reader::of(&request);
    reader.reads(answer(portal, session, request, next)).await
}

async fn answer(portal: Arc<Portal>, session: Session, request: Request, next: Next) -> Response {
    let signed = match session::signed(&*portal.backend, &session).await {
        Ok(signed) => signed,
        Err(fault) => return fault.into_response(),
    };
    // A page that polls for updates does not count as use of the session.
    if let Some(signed) = signed.as_ref().filter(|_| !is_fragment(request.uri().path())) {
        session::touch(&session, signed);
    }
    let answer = match admit(&portal, signed.as_ref(), request).await {
        Ok(request) if request.method() == Method::POST => to_its_end(request, next).await,
        Ok(request) => next.run(request).await,
        Err(answer) => answer,
    };
    let shell = signed
        .as_ref()
        .map_or(Shell::STRANGER, |signed| shell(signed, Nav::None));
    fault::finished(answer, &shell)
}

/// Handles a form in a task of its own. A closed connection drops its request wherever it is, which could leave a change half made and
/// missing from the audit log.
async fn to_its_end(request: Request, next: Next) -> Response {
    match tokio::spawn(Reader::present().reads(next.run(request))).await {
        Ok(answer) => answer,
        Err(error) => Fault::broken(&error).into_response(),
    }
}

/// Checks a request and adds what handlers need: [`Signed`] when there is a session, [`Fields`] when a form was sent.
async fn admit(portal: &Portal, signed: Option<&Signed>, mut request: Request) -> Result<Request, Response> {
    let path = request.uri().path();
    let open = OPEN.contains(&path);
    match *request.method() {
        Method::GET | Method::HEAD => {
            if signed.is_none() && !open && path != COMEBACK {
                return Err(see(&sign_in_for(&request)));
            }
            may(signed, open, &request).map_err(Fault::into_response)?;
        }
        Method::POST => {
            from_our_page(portal, request.headers(), open).map_err(Fault::into_response)?;
            if signed.is_none() && !open {
                return Err(see(&sign_in_again(path)));
            }
            may(signed, open, &request).map_err(Fault::into_response)?;
            let (parts, body) = request.into_parts();
            let most = match signed {
                Some(signed) if !open && signed.role == Role::Administrator => LARGEST_OF_ADMINISTRATORS,
                _ => LARGEST,
            };
            let fields = read(&parts.headers, body, most)
                .await
                .map_err(Fault::into_response)?;
            if let Some(signed) = signed.filter(|_| !open) {
                let sent = fields.text("csrf").as_bytes();
                if !bool::from(sent.ct_eq(signed.csrf.as_bytes())) {
                    let page = page_of(parts.uri.path());
                    return Err(not_ours().back(page, "Go back to the page").into_response());
                }
            }
            request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(fields);
        }
        _ => return Err(fault::wrong_method(request.uri().clone()).await.into_response()),
    }
    if let Some(signed) = signed {
        request.extensions_mut().insert(signed.clone());
    }
    Ok(request)
}

/// Refuses what the role may not do. A path without a page is nobody's.
fn may(signed: Option<&Signed>, open: bool, request: &Request) -> Result<(), Fault> {
    match (signed, request.extensions().get::<MatchedPath>()) {
        (Some(signed), Some(route)) if !open => check(signed, route.as_str()),
        _ => Ok(()),
    }
}

/// Refuses whoever may not use a route, and says who may.
fn check(signed: &Signed, route: &str) -> Result<(), Fault> {
    let least = roles::least(route);
    if signed.role >= least {
        return Ok(());
    }
    let (title, needed) = match least {
        Role::Administrator => ("Only for administrators", "the role administrator"),
        Role::Analyst => (
            "Only for analysts and administrators",
            "the role analyst or administrator",
        ),
        Role::Viewer => ("Only for those who have a role", "a role"),
    };
    let remedy = if signed.is_local {
        "An administrator of the collector can change your role, on the page Account."
    } else {
        "Whoever manages the accounts of your organisation can change your role there; then sign in again."
    };
    let text = format!(
        "This needs {needed}, and you are signed in as {}. {remedy}",
        roles::named(signed.role)
    );
    Err(Fault::new(StatusCode::FORBIDDEN, title, text).back("/", "Go to the overview"))
}

/// Whether a path is that of something that the script requests by itself: a part of a page, such as `/sources/{name}/validation`, or the session.
fn is_fragment(path: &str) -> bool {
    PARTS.contains(&path)
        || path == account::SESSION
        || path
            .split('/')
            .nth(3)
            .is_some_and(|part| FRAGMENTS.contains(&part))
}

/// The address of the sign-in, which then leads to the requested page.
fn sign_in_for(request: &Request) -> String {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    if path == "/" || is_fragment(request.uri().path()) {
        return "/login".to_owned();
    }
    link("/login", &[("next", path)])
}

/// The address of the sign-in for whoever sent a form after the session had ended, without a script that asks for the session before: it says so, and
/// then leads to the page of the form.
fn sign_in_again(path: &str) -> String {
    let page = page_of(path);
    link(
        "/login",
        &[("next", if page == "/" { "" } else { &page }), (LOST, "1")],
    )
}

/// Checks by the browser's headers that one of our pages sent the form. `strict` requires such a header, because no token proves it.
///
/// Our pages send no referrer, so browsers write `Origin: null` on our own forms (Fetch, 3.2). It is believed only together with
/// `Sec-Fetch-Site`, which no page can forge.
fn from_our_page(portal: &Portal, headers: &HeaderMap, strict: bool) -> Result<(), Fault> {
    let text = |name| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    let ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some("same-origin" | "none"), None | Some("null")) => true,
        (None | Some("same-origin" | "none"), Some(origin)) => portal.address.is_same_origin(headers, origin),
        (None, None) => !strict,
        (Some(_), _) => false,
    };
    if ours { Ok(()) } else { Err(not_ours()) }
}

fn not_ours() -> Fault {
    Fault::new(
        StatusCode::FORBIDDEN,
        "The form was not sent from this session",
        "Nothing was changed. Another site may have sent the form, or you signed in again after loading the page. Reload the page and \
         submit the form again.",
    )
    .back("/", "Go to the overview")
}

/// Reads a form of at most so many bytes.
async fn read(headers: &HeaderMap, body: Body, most: usize) -> Result<Fields, Fault> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next());
    let large = || {
        Fault::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The form is too large",
            format!("The limit is {} KiB. Nothing was changed.", most >> 10),
        )
    };
    let known = body.size_hint().lower();
    if known > most as u64 {
        return Err(large());
    }
    // Some clients send an empty form without a content type.
    let form = kind.is_some_and(|kind| {
        kind.trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    let nothing = kind.is_none() && body.is_end_stream();
    if !form && !nothing {
        return Err(Fault::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Not a form",
            "The portal accepts only application/x-www-form-urlencoded.",
        ));
    }
    let body = timeout(LONGEST, to_bytes(body, most)).await.map_err(|_| {
        Fault::new(
            StatusCode::REQUEST_TIMEOUT,
            "The form did not arrive in time",
            format!(
                "It was incomplete after {} seconds. Nothing was changed. Submit it again.",
                LONGEST.as_secs()
            ),
        )
    })?;
    // If the body broke off instead, no client is left to read the answer.
    Fields::parse(&body.map_err(|_| large())?)
}
