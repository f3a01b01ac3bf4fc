//! The routes of the pages for operators, which fetch the data. The pages themselves are in `pages`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use tower_sessions::Session;

use crate::admin::Segment;
use crate::fault::{Answer, Fault};
use crate::fields::Fields;
use crate::insights;
use crate::layout::Nav;
use crate::now;
use crate::pages;
use crate::pages::audit::AuditRequest;
use crate::pages::timeline::TimelineRequest;
use crate::portal::{Portal, see, show, show_with};
use crate::reader;
use crate::routes::Routes;
use crate::session::Signed;

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/", get(overview))
        .route(pages::overview::PRESENT, get(present))
        .route("/rooms", get(rooms))
        .route("/timeline", get(timeline))
        .route("/definitions", get(definitions))
        .route("/connectors", get(connectors))
        .route("/connectors/{name}/approve", post(approve))
        .route("/audit", get(audit))
}

async fn overview(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let view = portal.backend.overview().await?;
    // Before the first source there is nothing to have figures of.
    let glance = match view.sources.is_empty() && view.receivers.is_empty() {
        true => pages::overview::Glance::default(),
        false => {
            insights::glance(
                &*portal.backend,
                signed.role,
                query.as_deref().unwrap_or_default(),
            )
            .await
        }
    };
    let content = pages::overview::overview(&view, glance, signed.role, &signed.csrf, now());
    show_with(
        &session,
        &signed,
        Nav::Overview,
        "Overview",
        insights::head(),
        content,
    )
    .await
}

/// The part of the overview that the script asks for again.
async fn present(State(portal): State<Arc<Portal>>, Extension(signed): Extension<Signed>) -> Answer {
    let view = portal.backend.overview().await?;
    Ok(pages::overview::present(&view, signed.role, &signed.csrf, now()).into_response())
}

async fn rooms(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = pages::rooms::query(query.as_deref().unwrap_or_default());
    let view = portal.backend.rooms(&query).await?;
    let overview = portal.backend.overview().await?;
    let sources: Vec<String> = overview.sources.into_iter().map(|source| source.name).collect();
    let content = pages::rooms::rooms(&view, &query, &sources, now());
    show(&session, &signed, Nav::Rooms, "Rooms", content).await
}

async fn timeline(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let request = TimelineRequest::from_query(query.as_deref().unwrap_or_default(), reader::zone(), now());
    let view = portal
        .backend
        .timeline(&signed.account, signed.role, &request.query())
        .await?;
    let content = pages::timeline::timeline(&view, &request);
    show(&session, &signed, Nav::Timeline, "Timeline", content).await
}

async fn definitions(session: Session, Extension(signed): Extension<Signed>) -> Answer {
    let content = pages::definitions::definitions();
    show(&session, &signed, Nav::Definitions, "Definitions", content).await
}

async fn connectors(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
) -> Answer {
    let view = portal.backend.connectors().await?;
    let content = pages::connectors::connectors(&view, &signed.csrf, now());
    show(&session, &signed, Nav::Connectors, "Connectors", content).await
}

async fn approve(
    State(portal): State<Arc<Portal>>,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
    Segment(name): Segment,
) -> Answer {
    portal
        .backend
        .approve(&signed.account, &name, fields.text("digest"))
        .await
        .map_err(|error| Fault::from(error).back("/connectors", "Back to the connectors"))?;
    Ok(see("/connectors"))
}

async fn audit(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let request = AuditRequest::from_query(query.as_deref().unwrap_or_default(), &reader::zone());
    let entries = portal.backend.audit_log(&request.search()).await?;
    let accounts = portal.backend.accounts().await?;
    let accounts: Vec<String> = accounts.into_iter().map(|account| account.name).collect();
    let content = pages::audit::audit(&entries, &request, &accounts);
    show(&session, &signed, Nav::Audit, "Audit log", content).await
}
