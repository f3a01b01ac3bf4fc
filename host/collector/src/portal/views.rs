//! Gathers what the portal's pages show from the store, the configuration and the connectors.

use std::collections::BTreeMap;

use collector_admin::config::{Config, Source};
use collector_admin::draft::sink::SinkDraft;
use collector_admin::draft::words::{in_words, of_check};
use collector_admin::draft::{Draft, StoredDraft as _, sink_form};
use collector_engine::connectors::EVENTS;
use collector_model::meeting::{Meeting, Subject};
use collector_model::window::Window;
use collector_portal::api::{
    BackendError, ConnectorView, Guide, MeetingView, Overview, ReceiverSummary, Result, RoomQuery, Rooms,
    SinkSummary, SourceSummary, SubjectView, Timeline, TimelineQuery, TimelineRoom, Waiting,
};
use collector_store::{PassRecord, Places, Reader, RoomRow, RoomSearch, StoreError};

use super::program::{Program, SourceNow};

/// How many events are searched for those of connectors.
const SEARCHED: usize = 10_000;
/// How many events of one connector are shown.
const SHOWN: usize = 100;

/// `awaiting` tells of a source whether it waits for its permissions.
pub(super) async fn overview(
    program: &Program,
    awaiting: impl Fn(&str) -> bool + Send + 'static,
) -> Result<Overview> {
    let (config, now) = (program.config(), (program.now)());
    let titles = titles(program, &config);
    let for_store = std::sync::Arc::clone(&config);
    let mut problems = program.receivers.problems();
    let begun = program.begun;
    let names: Vec<String> = config.source_names().map(str::to_owned).collect();
    let (sources, arrivals, sinks, drafts, sink_drafts, doubled, configured) = program
        .read(move |store| {
            let passes = store.passes()?;
            let sources = for_store
                .sources
                .iter()
                .map(|source| summary(store, source, &passes, &now, &titles, awaiting(&source.name)))
                .collect::<std::result::Result<Vec<_>, _>>()?;
            Ok((
                sources,
                store.arrivals()?,
                store.sinks()?,
                Draft::listed(store)?,
                SinkDraft::listed(store)?,
                store.doubled_rooms(&names)?,
                store.configuration_events(begun)?.pop(),
            ))
        })
        .await?;
    let kinds: BTreeMap<&str, &str> = config
        .sinks
        .iter()
        .map(|sink| (sink.name.as_str(), sink.kind()))
        .collect();
    let waiting = held(program).await?;
    Ok(Overview {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        configuration: program.path.display().to_string(),
        sources,
        receivers: config
            .receivers
            .iter()
            .map(|receiver| ReceiverSummary {
                name: receiver.name.clone(),
                problem: problems.remove(&receiver.name),
                last_at: arrivals.get(&receiver.name).copied(),
            })
            .collect(),
        sinks: sinks
            .into_iter()
            .map(|mut state| {
                let kind = kinds.get(state.name.as_str()).copied().unwrap_or_default();
                state.problem = state.problem.map(|problem| match sink_form::form(kind) {
                    Some(form) => in_words(&form, &problem),
                    None => problem,
                });
                SinkSummary {
                    kind: kind.to_owned(),
                    state,
                }
            })
            .collect(),
        drafts,
        sink_drafts,
        waiting: waiting.into_keys().collect(),
        doubled,
        problem: configured.and_then(|(kind, cause)| cause.filter(|_| kind == "configuration-refused")),
    })
}

pub(super) async fn source(program: &Program, name: &str, awaits_permissions: bool) -> Result<SourceSummary> {
    let (source, now) = (program.source(name)?, (program.now)());
    let titles = titles(program, &program.config());
    program
        .read(move |store| {
            summary(
                store,
                &source,
                &store.passes()?,
                &now,
                &titles,
                awaits_permissions,
            )
        })
        .await
}

/// The titles of the connectors that sources use and that can be loaded.
fn titles(program: &Program, config: &Config) -> BTreeMap<String, String> {
    config
        .sources
        .iter()
        .filter_map(|source| {
            let version = program.plugins.current(&source.connector).ok()?;
            Some((
                source.connector.clone(),
                version.connector.manifest().title.clone(),
            ))
        })
        .collect()
}

fn summary(
    store: &Reader,
    source: &Source,
    passes: &[PassRecord],
    now: &BTreeMap<String, SourceNow>,
    titles: &BTreeMap<String, String>,
    awaits_permissions: bool,
) -> std::result::Result<SourceSummary, StoreError> {
    let now = now.get(&source.name).cloned().unwrap_or_default();
    Ok(SourceSummary {
        name: source.name.clone(),
        connector: source.connector.clone(),
        title: titles.get(&source.connector).unwrap_or(&source.connector).clone(),
        paused: source.paused,
        viewing: source.viewing,
        collecting: now.collecting,
        next_pass_at: now.due_at.filter(|_| !source.paused),
        every: source.every.as_secs(),
        last_pass: passes
            .iter()
            .find(|pass| pass.source == source.name)
            .map(|pass| PassRecord {
                problem: pass.problem.as_deref().map(of_check),
                ..pass.clone()
            }),
        problem: now
            .problem
            .filter(|_| !now.is_untried)
            .map(|problem| of_check(&problem)),
        awaits_permissions,
        rooms: store.listed(Places::Rooms, &source.name)? + store.listed(Places::Spaces, &source.name)?,
        meetings: store.stored_meetings(&source.name)?,
    })
}

pub(super) async fn rooms(program: &Program, query: &RoomQuery) -> Result<Rooms> {
    let search = RoomSearch {
        sources: sources(&program.config(), query.source.as_deref()),
        outcome: query.outcome.clone(),
        text: query.text.clone(),
        skip: query.skip,
        limit: query.limit,
        ..RoomSearch::default()
    };
    let (total, rooms) = program.read(move |store| store.search_rooms(&search)).await?;
    Ok(Rooms { total, rooms })
}

/// The names of the configured sources, or only of the wanted one.
fn sources(config: &Config, wanted: Option<&str>) -> Vec<String> {
    config
        .sources
        .iter()
        .map(|source| source.name.clone())
        .filter(|name| wanted.is_none_or(|wanted| wanted == name))
        .collect()
}

/// The timeline, and the sources whose subjects it shows: none for whoever may see none.
pub(super) async fn timeline(
    program: &Program,
    query: &TimelineQuery,
    sees_subjects: bool,
) -> Result<(Timeline, Vec<String>)> {
    let config = program.config();
    let hidden: Vec<String> = config
        .sources
        .iter()
        .filter(|source| !(source.viewing && sees_subjects))
        .map(|source| source.name.clone())
        .collect();
    let search = RoomSearch {
        sources: sources(&config, query.source.as_deref()),
        building: query.building.clone(),
        text: query.text.clone(),
        by_building: true,
        skip: query.skip,
        limit: query.limit,
        ..RoomSearch::default()
    };
    let all = sources(&config, None);
    let Some(window) = Window::new(query.start, query.end) else {
        return Err(collector_portal::api::BackendError::Refused(
            "the time span is empty; it must end after it begins".to_owned(),
        ));
    };
    let timeline = program
        .read(move |store| {
            let (total, rows) = store.search_rooms(&search)?;
            let rooms = rows
                .into_iter()
                .map(|row| timeline_room(store, row, window, &hidden))
                .collect::<std::result::Result<Vec<_>, StoreError>>()?;
            Ok(Timeline {
                buildings: store.buildings(&all)?,
                sources: all,
                total,
                rooms,
            })
        })
        .await?;
    let mut shown: Vec<String> = timeline
        .rooms
        .iter()
        .filter(|room| {
            room.meetings
                .iter()
                .any(|meeting| matches!(meeting.subject, SubjectView::Text(_)))
        })
        .map(|room| room.source.clone())
        .collect();
    shown.sort_unstable();
    shown.dedup();
    Ok((timeline, shown))
}

fn timeline_room(
    store: &Reader,
    row: RoomRow,
    window: Window,
    hidden: &[String],
) -> std::result::Result<TimelineRoom, StoreError> {
    let is_hidden = hidden.contains(&row.source);
    let meetings = store.meetings_of_room(&row, window)?;
    let known = store.readings(&row.source, &row.address)?.as_slice().to_vec();
    Ok(TimelineRoom {
        known,
        source: row.source,
        address: row.address,
        name: row.name,
        building: row.building.filter(|building| !building.is_empty()),
        outcome: row.outcome,
        meetings: meetings
            .into_iter()
            .map(|meeting| meeting_view(meeting, is_hidden))
            .collect(),
    })
}

fn meeting_view(meeting: Meeting, hidden: bool) -> MeetingView {
    MeetingView {
        start: meeting.start,
        end: meeting.end,
        subject: match meeting.subject {
            // While nobody may see subjects, passes withhold those of all meetings.
            Subject::Withheld if hidden => SubjectView::Hidden,
            Subject::Withheld => SubjectView::Withheld,
            Subject::Text(text) if !text.is_empty() && !hidden => SubjectView::Text(text),
            Subject::Text(text) if !text.is_empty() => SubjectView::Hidden,
            Subject::Text(_) | Subject::None => SubjectView::None,
        },
        all_day: meeting.all_day,
        status: meeting.status.as_str().to_owned(),
    }
}

/// The versions that are on hold, by connector.
async fn held(program: &Program) -> Result<BTreeMap<String, Waiting>> {
    let held = program.read(collector_engine::connectors::held).await?;
    Ok(held
        .into_iter()
        .map(|held| {
            let waiting = Waiting {
                wants: held.more.words(),
                version: held.record.version,
                digest: held.record.digest,
            };
            (held.record.connector, waiting)
        })
        .collect())
}

pub(super) async fn connectors(program: &Program) -> Result<Vec<ConnectorView>> {
    let config = program.config();
    let (records, events) = program
        .read(|store| Ok((store.connectors()?, store.events(SEARCHED)?)))
        .await?;
    let mut waiting = held(program).await?;
    let mut names: Vec<String> = records.into_iter().map(|record| record.name).collect();
    names.extend(config.sources.iter().map(|source| source.connector.clone()));
    names.sort_unstable();
    names.dedup();
    let view = |name: String| {
        let current = program.plugins.current(&name);
        let manifest = current.as_ref().ok().map(|version| version.connector.manifest());
        let of_manifest = |text: fn(&collector_sandbox::Manifest) -> &String| {
            manifest.map(text).cloned().unwrap_or_default()
        };
        ConnectorView {
            title: of_manifest(|manifest| &manifest.title),
            version: of_manifest(|manifest| &manifest.version),
            digest: current
                .as_ref()
                .map_or_else(|_| String::new(), |version| version.digest().to_owned()),
            problem: current.as_ref().err().cloned(),
            sources: config
                .sources
                .iter()
                .filter(|source| source.connector == name)
                .map(|source| source.name.clone())
                .collect(),
            hosts: manifest.map_or_else(Vec::new, |manifest| manifest.hosts.clone()),
            secrets: manifest.map_or_else(Vec::new, |manifest| manifest.secrets.clone()),
            imports: current
                .as_ref()
                .map_or_else(|_| Vec::new(), |version| version.connector.imports().to_vec()),
            waiting: waiting.remove(&name),
            history: events
                .iter()
                .filter(|event| event.subject == name && EVENTS.contains(&event.kind.as_str()))
                .take(SHOWN)
                .cloned()
                .collect(),
            name,
        }
    };
    Ok(names.into_iter().map(view).collect())
}

/// How to limit what the application of a source can read.
pub(super) async fn guides(program: &Program, source: &str) -> Result<Vec<Guide>> {
    let source = program.source(source)?;
    let version = program.connector(&source.connector)?;
    let guides = version
        .connector
        .limits(
            &program.sandbox,
            &source.name,
            &source.settings.to_string(),
            source.credentials.client_id.as_deref(),
        )
        .await
        .map_err(|error| BackendError::Failed(error.to_string()))?;
    match guides {
        None => Ok(Vec::new()),
        Some(Ok(guides)) => Ok(guides),
        Some(Err(problems)) => Err(BackendError::Refused(
            problems
                .into_iter()
                .map(|problem| {
                    format!(
                        "settings.{}: {}; {}",
                        problem.key, problem.problem, problem.remedy
                    )
                })
                .collect::<Vec<_>>()
                .join(". "),
        )),
    }
}
