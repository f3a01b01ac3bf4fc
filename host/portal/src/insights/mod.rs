//! The pages about figures. The program computes the figures with the code that answers the API; these pages only say what they are, how much of them
//! is known, and where that is defined.
//!
//! | file | what it has |
//! | --- | --- |
//! | `files` | reports as files |
//! | `filter` | which rooms and days a page is about, in its address |
//! | `words`, `tile`, `heat`, `chart`, `strip` | figures in words, at a glance, by hour of the week, as charts, and days of a room |
//! | `closed`, `figure` | a month as it was reported, and its figures by their names |
//! | `silent` | rooms whose devices fell silent, for the first page |
//! | `overview`, `spaces`, `room`, `no_shows`, `zombies`, `demand`, `trust`, `reports`, `weekly` | the pages |

mod chart;
mod closed;
mod demand;
mod figure;
mod files;
mod filter;
mod heat;
mod no_shows;
mod overview;
mod reports;
mod room;
mod silent;
mod spaces;
mod strip;
mod tile;
mod trust;
mod weekly;
mod words;
mod zombies;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use collector_insights::clock::date_in_utc;
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
use crate::pages::elements::plain;
use crate::pages::overview::Glance;
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
        .route("/insights/report.parquet", get(parquet))
        .route(weekly::PATH, get(week))
        .route("/insights/months/{month}", get(month))
        .route("/insights/months/{month}/changes.csv", get(month_csv))
        .route("/insights/months/{month}/month.json", get(month_json))
}

/// The part of the first page that is about figures. It says why there are none rather than fail the page.
pub(crate) async fn glance(backend: &dyn Backend, role: Role, raw_query: &str) -> Glance {
    let now = now();
    let filter = Filter::read(raw_query, role, now);
    let shown = async {
        let mut asked = overview::asked(&filter);
        // What fell silent is looked for among all rooms, by pages about the present. If these are all rooms, both are read at once.
        let (is_present, is_narrow) = (filter.to == date_in_utc(now), filter.is_narrow());
        asked.extend((is_present && !is_narrow).then(|| silent::days(now)));
        let mut view = backend.select(filter.rooms.clone(), asked).await?;
        let by_day = match (is_present, is_narrow) {
            (false, _) => None,
            (true, false) => view.reports.pop(),
            (true, true) => {
                let all = RoomFilter::default();
                backend.select(all, vec![silent::days(now)]).await?.reports.pop()
            }
        };
        let silent = silent::silent(backend, by_day).await?;
        Ok(Glance {
            silent,
            figures: overview::figures(&view, &filter, now),
        })
    };
    shown.await.unwrap_or_else(|error: FiguresError| Glance {
        silent: None,
        figures: html! {
            section {
                h2 { "How rooms are used" }
                p.problem { (why_not(&error)) }
            }
        },
    })
}

/// What pages with figures need in their head.
pub(crate) fn head() -> Markup {
    html! {
        link rel="stylesheet" href=(assets::INSIGHTS_STYLESHEET.address());
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

impl FromRequestParts<Arc<Portal>> for Asking {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, portal)
            .await
            .map_err(IntoResponse::into_response)?;
        let Extension(signed) = Extension::<Signed>::from_request_parts(parts, portal)
            .await
            .map_err(IntoResponse::into_response)?;
        let now = now();
        Ok(Self {
            portal: Arc::clone(portal),
            filter: Filter::read(parts.uri.query().unwrap_or_default(), signed.role, now),
            session,
            signed,
            now,
        })
    }
}

impl Asking {
    async fn select(&self, asked: Vec<AskedReport>) -> Result<Selection, Fault> {
        let rooms = self.filter.rooms.clone();
        Ok(self.portal.backend.select(rooms, asked).await?)
    }

    async fn show(&self, nav: Nav, title: &str, content: Markup) -> Answer {
        show_with(&self.session, &self.signed, nav, title, head(), content).await
    }

    /// The same for a page with charts, which few have.
    async fn show_charts(&self, nav: Nav, title: &str, content: Markup) -> Answer {
        // Before the script that draws with it.
        let head = html! {
            script src=(assets::CHARTS.address()) defer {}
            (head())
        };
        show_with(&self.session, &self.signed, nav, title, head, content).await
    }

    /// A report as a file that browsers save.
    async fn file(&self, what: &str, by: By, form: FileForm) -> Answer {
        let wrong = |status, title, why| Err(Fault::new(status, title, why).back(reports::PATH, "Reports"));
        // A page can say that it is about something else. Whoever has a file would not see it.
        if let Some(problem) = self.filter.problem {
            return wrong(StatusCode::BAD_REQUEST, "No such report", problem);
        }
        if self.filter.own("by").is_some_and(|by| By::of_file(by).is_none()) {
            let why = "Reports are by building, room, date and so on: choose one of those on the page.";
            return wrong(StatusCode::BAD_REQUEST, "No such report", why);
        }
        let (rooms, asked) = (self.filter.rooms.clone(), self.filter.ask(by).with_zombies());
        let Some(content) = self.portal.backend.report_file(rooms, asked, form).await? else {
            let why = "No room matches these filters, so there is nothing to save.";
            return wrong(StatusCode::NOT_FOUND, "No rooms", why);
        };
        let what = match form {
            FileForm::Tickets => what.to_owned(),
            _ => format!("{what}-by-{}", by.as_str()),
        };
        let name = files::file_name(&what, &self.filter, form.as_str());
        Ok(saved(&name, form, content))
    }

    /// A closed month as a file.
    async fn month_file(&self, month: &str, form: FileForm) -> Answer {
        let content = self.portal.backend.month_file(month, form).await?;
        // Only a month that is closed, and so is written like one, has a file.
        let name = format!("closed-{month}.{}", form.as_str());
        Ok(saved(&name, form, content.ok_or_else(not_closed)?))
    }
}

/// An answer that browsers save. Its name has letters, digits, `-` and `.` only.
fn saved(name: &str, form: FileForm, content: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, form.content_type().to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, content).into_response()
}

fn not_closed() -> Fault {
    let why = "A month is closed five days after its end, if calendars were read in it.";
    Fault::new(StatusCode::NOT_FOUND, "This month is not closed", why).back(reports::PATH, "Reports")
}

async fn rooms(asking: Asking) -> Answer {
    let view = asking.select(spaces::asked(&asking.filter)).await?;
    let content = spaces::page(&view, &asking.filter, asking.now);
    asking.show(Nav::RoomUse, "Spaces", content).await
}

async fn no_show_page(asking: Asking) -> Answer {
    let view = asking.select(no_shows::asked(&asking.filter)).await?;
    let has_parquet = asking.portal.backend.has_parquet();
    let content = no_shows::page(&view, &asking.filter, has_parquet, asking.now);
    asking
        .show_charts(Nav::NoShows, "No-shows and release", content)
        .await
}

async fn zombie_page(asking: Asking) -> Answer {
    let view = asking.select(zombies::asked(&asking.filter)).await?;
    let content = zombies::page(&view, &asking.filter, asking.now);
    asking.show(Nav::Zombies, "Zombie series", content).await
}

async fn demand_page(asking: Asking) -> Answer {
    let view = asking.select(demand::asked(&asking.filter)).await?;
    let content = demand::page(&view, &asking.filter, asking.now);
    asking.show_charts(Nav::Demand, "Demand and fit", content).await
}

async fn one_room(asking: Asking, Path((source, address)): Path<(String, String)>) -> Answer {
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
    let periods = room::periods(&asking.filter, asking.now);
    let [drawn, coming] = backend
        .room_days(&source, &address, periods)
        .await?
        .ok_or_else(none)?;
    let content = room::page(&view, room, &drawn, &coming, &asking.filter, asking.now);
    asking.show(Nav::RoomUse, &plain(room.title()), content).await
}

async fn trust_page(asking: Asking) -> Answer {
    let view = asking.select(trust::asked(&asking.filter)).await?;
    let repairs = trust::repairs(&view);
    let by_day = match repairs.is_empty() {
        true => Vec::new(),
        false => {
            let asked = trust::asked_by_day(&asking.filter, &repairs);
            asking.select(asked).await?.reports
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

async fn week(asking: Asking) -> Answer {
    let week = weekly::week(&asking.filter, asking.now);
    let view = asking.select(week.asked()).await?;
    let posting = match asking.signed.role {
        Role::Administrator => asking.portal.backend.weekly_posting(week.monday()).await?,
        _ => None,
    };
    let content = weekly::page(&view, week, &asking.filter, posting.as_ref(), asking.now);
    asking.show(Nav::Reports, "The week on one page", content).await
}

async fn report_page(asking: Asking) -> Answer {
    let view = asking.select(reports::asked(&asking.filter)).await?;
    let closed = asking.portal.backend.closed_months().await?;
    let has_parquet = asking.portal.backend.has_parquet();
    let content = reports::page(&view, &closed, has_parquet, &asking.filter, asking.now);
    asking.show(Nav::Reports, "Reports", content).await
}

/// A closed month.
async fn month(asking: Asking, Path(month): Path<String>) -> Answer {
    let backend = &asking.portal.backend;
    let closed = backend.closed_month(&month).await?.ok_or_else(not_closed)?;
    let content = closed::page(&closed, &asking.filter.link(reports::PATH, &[]));
    asking
        .show(Nav::Reports, &closed::name(&closed.month), content)
        .await
}

async fn month_csv(asking: Asking, Path(month): Path<String>) -> Answer {
    asking.month_file(&month, FileForm::Csv).await
}

async fn month_json(asking: Asking, Path(month): Path<String>) -> Answer {
    asking.month_file(&month, FileForm::Json).await
}

async fn csv(asking: Asking) -> Answer {
    asking
        .file("report", files::by(&asking.filter), FileForm::Csv)
        .await
}

async fn json(asking: Asking) -> Answer {
    asking
        .file("report", files::by(&asking.filter), FileForm::Json)
        .await
}

async fn parquet(asking: Asking) -> Answer {
    if !asking.portal.backend.has_parquet() {
        let why = "This program was built without Parquet. Save the report as CSV or JSON.";
        let fault = Fault::new(StatusCode::NOT_FOUND, "No such file", why);
        return Err(fault.back(reports::PATH, "Reports"));
    }
    asking
        .file("report", files::by(&asking.filter), FileForm::Parquet)
        .await
}

async fn zombie_file(asking: Asking) -> Answer {
    asking.file("zombie-series", By::All, FileForm::Tickets).await
}
