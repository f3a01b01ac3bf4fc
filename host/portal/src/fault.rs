//! Error pages. Handlers and layers answer with a [`Fault`], which becomes a page once the session is known.

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use maud::html;
use tower_sessions::session;

use crate::api::BackendError;
use crate::layout::{self, Shell};
use crate::next::page_of;
use crate::pages::elements::foreign;

/// What a handler answers.
pub(crate) type Answer = Result<Response, Fault>;

/// A request that failed, and why.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    status: StatusCode,
    title: String,
    text: String,
    /// The link to go on with: path and text.
    back: Option<(String, String)>,
    /// Seconds until the browser may try again.
    retry_after: Option<u64>,
}

impl Fault {
    pub(crate) fn new(status: StatusCode, title: &str, text: impl Into<String>) -> Self {
        Self {
            status,
            title: title.to_owned(),
            text: text.into(),
            back: None,
            retry_after: None,
        }
    }

    /// Adds a link to go on with.
    pub(crate) fn back(mut self, path: impl Into<String>, words: &str) -> Self {
        self.back = Some((path.into(), words.to_owned()));
        self
    }

    /// Adds the seconds until the browser may try again.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// An internal error, which is logged.
    pub(crate) fn broken(error: &dyn std::error::Error) -> Self {
        tracing::error!("the portal could not make a page: {error}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong",
            "The collector could not complete the request. See its log for details.",
        )
    }
}

impl From<BackendError> for Fault {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::NotFound(text) => Self::new(StatusCode::NOT_FOUND, "Not found", text),
            BackendError::Refused(text) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This action is not possible",
                text,
            ),
            BackendError::Failed(text) => {
                tracing::error!("a request to the portal failed: {text}");
                let text = format!("The collector could not complete the request: {text}");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", text)
            }
        }
    }
}

impl From<session::Error> for Fault {
    fn from(error: session::Error) -> Self {
        Self::broken(&error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a fault into a page in a frame; passes any other answer on.
pub(crate) fn finished(mut answer: Response, shell: &Shell<'_>) -> Response {
    let Some(fault) = answer.extensions_mut().remove::<Fault>() else {
        return answer;
    };
    let content = html! {
        h1 { (fault.title) }
        p { (foreign(&fault.text)) }
        @if let Some((path, words)) = &fault.back { p { a href=(path) { (words) } } }
    };
    let mut page = layout::page(shell, &fault.title, content).into_response();
    *page.status_mut() = fault.status;
    if let Some(seconds) = fault.retry_after {
        page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    // Keep the headers that a layer has put on the answer, such as `Allow`.
    for (name, value) in answer.headers() {
        page.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    page
}

/// Answers for paths without a page.
pub(crate) async fn no_such_page() -> Fault {
    Fault::new(
        StatusCode::NOT_FOUND,
        "Page not found",
        "The portal has no page at this address.",
    )
    .back("/", "Go to the overview")
}

/// Answers for pages that exist, but not with this method: mostly somebody opens again what a form was sent to.
pub(crate) async fn wrong_method(address: Uri) -> Fault {
    Fault::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This page cannot be opened this way",
        "This address only takes a form that is sent. Nothing was changed.",
    )
    .back(page_of(address.path()), "Go to the page of the form")
}
