//! The pages about figures. The program computes the figures with the code that answers the API; these pages only say what they are, how much of them
//! is known, and where that is defined.
//!
//! | file | what it has |
//! | --- | --- |
//! | `files` | reports as files |
//! | `filter` | which rooms and days a page is about, in its address |
//! | `words`, `tile`, `heat`, `chart`, `strip` | figures in words, at a glance, by hour of the week, as charts, and days of a room |
//! | `closed` | a month as it was reported |
//! | `overview`, `spaces`, `room`, `no_shows`, `zombies`, `demand`, `trust`, `reports`, `weekly` | the pages |

mod chart;
mod closed;
mod demand;
mod files;
mod filter;
mod heat;
mod no_shows;
mod overview;
mod reports;
mod room;
mod spaces;
mod strip;
mod tile;
mod trust;
mod weekly;
mod words;
mod zombies;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use collector_insights::group::By;
use maud::{Markup, html};
use tower_sessions::Session;

use self::filter::Filter;
use crate::api::{
    AskedReport, Backend, FiguresError, FileForm, Role, RoomFilter, Selection, SpacePart, SpaceQuery,
};
use crate::assets;
use crate::fault::{Answer, Fault};
use crate::layout::Nav;
use crate::now;
use crate::portal::{Portal, show_with};
use crate::routes::Routes;
use crate::session::Signed;

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .route(spaces::PATH, get(rooms))
        .route("/insights/spaces/{source}/{address}", get(one_room))
        .route(no_shows::PATH, get(no_show_page))
        .route(zombies::PATH, get(zombie_page))
        .route(zombies::FILE, get(zombie_file))
        .route(demand::PATH, get(demand_page))
        .route(trust::PATH, get(trust_page))
        .route(reports::PATH, get(report_page))
        .route("/insights/report.csv", get(csv))
        .route("/insights/report.json", get(json))
        .route(weekly::PATH, get(week))
        .route("/insights/months/{month}", get(month))
}

/// The part of the first page that is about figures. It says why there are none rather than fail the page.
pub(crate) async fn glance(backend: &dyn Backend, role: Role, raw_query: &str) -> Markup {
    let mut filter = Filter::read(raw_query, &[], now());
    filter.role = role;
    match backend
        .select(filter.rooms.clone(), overview::asked(&filter))
        .await
    {
        Ok(view) => overview::figures(&view, &filter, now()),
        Err(error) => html! {
            section {
                h2 { "How rooms are used" }
                p.problem { (why_not(&error)) }
            }
        },
    }
}

/// What pages with figures need in their head.
pub(crate) fn head() -> Markup {
    html! {
        link rel="stylesheet" href=(assets::INSIGHTS_STYLESHEET.address());
        script src=(assets::CHARTS.address()) defer {}
        script src=(assets::INSIGHTS_SCRIPT.address()) defer {}
    }
}

fn why_not(error: &FiguresError) -> String {
    match error {
        FiguresError::Slow { .. } => format!(
            "The figures take too long to compute: {error}. Choose fewer days, or one building. What was computed is kept, so a second try gets \
             further."
        ),
        FiguresError::Busy => "Other figures are being computed. Try again in some seconds.".to_owned(),
        FiguresError::Failed => "The figures could not be computed. The collector's log says why.".to_owned(),
    }
}

impl From<FiguresError> for Fault {
    fn from(error: FiguresError) -> Self {
        let why = why_not(&error);
        match error {
            FiguresError::Failed => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", why),
            FiguresError::Slow { .. } | FiguresError::Busy => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "No figures yet", why).retry_after(5)
            }
        }
    }
}

/// What every handler of these pages gets.
struct Asking {
    portal: Arc<Portal>,
    session: Session,
    signed: Signed,
    filter: Filter,
    now: i64,
}

impl Asking {
    fn new(portal: Arc<Portal>, session: Session, signed: Signed, query: Option<&str>, own: &[&str]) -> Self {
        let now = now();
        let mut filter = Filter::read(query.unwrap_or_default(), own, now);
        filter.role = signed.role;
        Self {
            portal,
            session,
            signed,
            filter,
            now,
        }
    }

    async fn select(&self, asked: Vec<AskedReport>) -> Result<Selection, Fault> {
        Ok(self
            .portal
            .backend
            .select(self.filter.rooms.clone(), asked)
            .await?)
    }

    async fn show(&self, nav: Nav, title: &str, content: Markup) -> Answer {
        show_with(&self.session, &self.signed, nav, title, head(), content).await
    }
}

/// The handler of a page that needs nothing but reports.
macro_rules! page {
    ($name:ident, $module:ident, $own:expr, $nav:expr, $title:expr) => {
        async fn $name(
            State(portal): State<Arc<Portal>>,
            session: Session,
            Extension(signed): Extension<Signed>,
            RawQuery(query): RawQuery,
        ) -> Answer {
            let asking = Asking::new(portal, session, signed, query.as_deref(), $own);
            let view = asking.select($module::asked(&asking.filter)).await?;
            let content = $module::page(&view, &asking.filter, asking.now);
            asking.show($nav, $title, content).await
        }
    };
}

page!(rooms, spaces, &spaces::OWN, Nav::RoomUse, "Spaces");
page!(no_show_page, no_shows, &[], Nav::NoShows, "No-shows and release");
page!(zombie_page, zombies, &[], Nav::Zombies, "Zombie series");
page!(demand_page, demand, &[], Nav::Demand, "Demand and fit");

async fn one_room(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Path((source, address)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asking = Asking::new(portal, session, signed, query.as_deref(), &room::OWN);
    let only = RoomFilter {
        rooms: [address.clone()].into(),
        ..RoomFilter::default()
    };
    let backend = &asking.portal.backend;
    let view = backend.select(only, room::asked(&asking.filter)).await?;
    let none = || {
        Fault::new(
            StatusCode::NOT_FOUND,
            "No such room",
            "It may have been removed from its room list, or its source from the configuration.",
        )
        .back(spaces::PATH, "All spaces")
    };
    let room = view
        .rooms
        .iter()
        .find(|room| room.source == source && room.address == address)
        .ok_or_else(none)?;
    let drawn = room::drawn_days(&asking.filter);
    let days = backend
        .room_days(&source, &address, drawn)
        .await?
        .ok_or_else(none)?;
    let coming = room::days_to_come(filter::today(asking.now));
    let coming = backend
        .room_days(&source, &address, coming)
        .await?
        .ok_or_else(none)?;
    let content = room::page(&view, room, &days, &coming, &asking.filter, asking.now);
    let title = if room.name.is_empty() {
        &room.address
    } else {
        &room.name
    };
    asking
        .show(Nav::RoomUse, &crate::pages::elements::plain(title), content)
        .await
}

async fn trust_page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asking = Asking::new(portal, session, signed, query.as_deref(), &[]);
    let view = asking.select(trust::asked(&asking.filter)).await?;
    let repairs = trust::repairs(&view);
    let by_day = match repairs.is_empty() {
        true => Vec::new(),
        false => {
            asking
                .select(trust::asked_by_day(&asking.filter, &repairs))
                .await?
                .reports
        }
    };
    let backend = &asking.portal.backend;
    let alone = SpaceQuery {
        part: Some(SpacePart::Alone),
        limit: 1,
        ..SpaceQuery::default()
    };
    let around = trust::Around {
        overview: backend.overview().await?,
        spaces_alone: backend.spaces(&alone).await?.alone.total,
    };
    let content = trust::page(&view, &repairs, &by_day, &around, &asking.filter, asking.now);
    asking.show(Nav::Trust, "Devices and trust", content).await
}

async fn week(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asking = Asking::new(portal, session, signed, query.as_deref(), &[]);
    let view = asking.select(weekly::asked(asking.now)).await?;
    let content = weekly::page(&view, &asking.filter, asking.now);
    asking.show(Nav::Reports, "The week on one page", content).await
}

async fn report_page(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    RawQuery(query): RawQuery,
) -> Answer {
    let asking = Asking::new(portal, session, signed, query.as_deref(), &reports::OWN);
    let view = asking.select(reports::asked(&asking.filter)).await?;
    let closed = asking.portal.backend.closed_months().await?;
    let content = reports::page(&view, &closed, &asking.filter, asking.now);
    asking.show(Nav::Reports, "Reports", content).await
}

/// A closed month.
async fn month(
    State(portal): State<Arc<Portal>>,
    session: Session,
    Extension(signed): Extension<Signed>,
    Path(month): Path<String>,
) -> Answer {
    let asking = Asking::new(portal, session, signed, None, &[]);
    let closed = asking.portal.backend.closed_month(&month).await?.ok_or_else(|| {
        let why = "A month is closed five days after its end, if calendars were read in it.";
        Fault::new(StatusCode::NOT_FOUND, "This month is not closed", why).back(reports::PATH, "Reports")
    })?;
    let title = closed::name(&closed.month);
    let content = closed::page(&closed, reports::PATH);
    asking.show(Nav::Reports, &title, content).await
}

async fn csv(state: State<Arc<Portal>>, query: RawQuery) -> Answer {
    file(state, query, FileForm::Csv).await
}

async fn json(state: State<Arc<Portal>>, query: RawQuery) -> Answer {
    file(state, query, FileForm::Json).await
}

/// A report as a file.
async fn file(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery, form: FileForm) -> Answer {
    let filter = Filter::read(query.as_deref().unwrap_or_default(), &reports::OWN, now());
    let asked = filter.ask(reports::by(&filter));
    let name = files::file_name("report", &filter, form.as_str());
    let content = portal
        .backend
        .report_file(filter.rooms.clone(), asked, form)
        .await?;
    Ok(downloaded(form.content_type(), &name, content))
}

async fn zombie_file(State(portal): State<Arc<Portal>>, RawQuery(query): RawQuery) -> Answer {
    let filter = Filter::read(query.as_deref().unwrap_or_default(), &[], now());
    let (asked, form) = (filter.ask(By::All), FileForm::Tickets);
    let content = portal
        .backend
        .report_file(filter.rooms.clone(), asked, form)
        .await?;
    let name = files::file_name("zombie-series", &filter, "csv");
    Ok(downloaded(form.content_type(), &name, content))
}

/// A file that browsers save. The name has letters, digits and `-` only.
fn downloaded(kind: &'static str, name: &str, content: Vec<u8>) -> Response {
    let headers: [(HeaderName, String); 2] = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, content).into_response()
}
