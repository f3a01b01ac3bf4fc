//! The administrator's pages: from a connector through a draft to a source, managing that source, sinks, and joining spaces to rooms.

mod authorization;
mod control;
mod details;
mod doubt;
mod draft;
mod entered;
mod gone;
mod infrastructure;
mod limit;
mod overtaken;
mod privacy;
mod problems;
mod refused;
mod removal;
mod rows;
mod sheet;
mod sink;
mod sinks;
mod source;
mod spaces;
mod steps;
mod validation;

use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::{get, post};

use crate::api::{DraftOrigin, Target};
use crate::fault::Fault;
use crate::pages::elements::segment;
use crate::routes::Routes;

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route("/infrastructure", get(infrastructure::page))
        .route(infrastructure::PRESENT, get(infrastructure::present))
        .route(
            "/infrastructure/new",
            get(infrastructure::choose).post(infrastructure::begin),
        )
        .route("/drafts/{id}", get(draft::page))
        .route("/drafts/{id}/details", post(draft::change))
        .route("/drafts/{id}/check", post(draft::check))
        .route("/drafts/{id}/authorize", post(authorization::begin_for_draft))
        .route("/drafts/{id}/validate", post(validation::begin_for_draft))
        .route("/drafts/{id}/validation", get(validation::of_draft))
        .route("/drafts/{id}/save", post(draft::save))
        .route("/drafts/{id}/discard", post(draft::discard))
        .route("/authorized", get(authorization::come_back))
        .route("/sinks", get(sinks::page))
        .route(crate::pages::sinks::PRESENT, get(sinks::present))
        .route("/sinks/new", get(sinks::choose).post(sinks::begin))
        .route("/sinks/{name}/edit", post(sinks::edit))
        .route("/sinks/{name}/refused", get(refused::page))
        .route("/sinks/{name}/retry", post(refused::retry))
        .route("/sinks/{name}/skip", get(refused::question).post(refused::skip))
        .route("/sinks/{name}/delete", get(sinks::question).post(sinks::remove))
        .route("/sink-drafts/{id}", get(sink::page))
        .route("/sink-drafts/{id}/check", post(sink::check))
        .route("/sink-drafts/{id}/try", post(sink::attempt))
        .route("/sink-drafts/{id}/save", post(sink::save))
        .route("/sink-drafts/{id}/discard", post(sink::discard))
        .route("/spaces", get(spaces::page))
        .route("/spaces/choose", get(spaces::choose))
        .route("/spaces/join", post(spaces::join))
        .route("/spaces/separate", post(spaces::separate))
        .route("/sources/{name}", get(source::page))
        .route("/sources/{name}/state", get(source::present))
        .route("/sources/{name}/collect", post(source::collect))
        .route("/sources/{name}/edit", post(source::edit))
        .route("/sources/{name}/duplicate", post(source::duplicate))
        .route("/sources/{name}/pause", post(source::pause))
        .route("/sources/{name}/resume", post(source::resume))
        .route("/sources/{name}/authorize", post(authorization::begin_for_source))
        .route("/sources/{name}/validate", post(validation::begin_for_source))
        .route("/sources/{name}/validation", get(validation::of_source))
        .route("/sources/{name}/limit", get(limit::page))
        .route("/sources/{name}/privacy", get(privacy::page))
        .route("/sources/{name}/viewing", post(privacy::set_viewing))
        .route("/sources/{name}/purge-subjects", post(privacy::purge))
        .route("/sources/{name}/delete", get(removal::page).post(removal::remove))
}

/// The segment of a path that names something, decoded.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Path(name) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| {
                Fault::new(
                    StatusCode::NOT_FOUND,
                    "Page not found",
                    "The address is not valid text.",
                )
            })?;
        Ok(Self(name))
    }
}

/// The path of a target's page.
fn path(target: &Target) -> String {
    match target {
        Target::Draft(id) => format!("/drafts/{}", segment(id)),
        Target::Source(name) => format!("/sources/{}", segment(name)),
    }
}

/// A connector's title without the vendor: `Office 365`.
fn short(title: &str) -> &str {
    title.strip_prefix("Microsoft ").unwrap_or(title)
}

/// The heading of a draft.
fn heading(origin: &DraftOrigin, title: &str) -> String {
    match origin {
        DraftOrigin::New { .. } => format!("New infrastructure: {title}"),
        DraftOrigin::Edit { source } => format!("Edit {source}"),
        DraftOrigin::Duplicate { source } => format!("Duplicate {source}"),
    }
}
