//! The functions of a connector, as the engine calls them: what they take and return is checked, and in the model's types.

use std::collections::HashMap;
use std::sync::Arc;

use collector_model::meeting::Meeting;
use collector_model::outcome::{Outcome, Reason};
use collector_model::room::RoomAddress;
use collector_model::window::Window;

use super::access::Access;
use super::allowance::Allowance;
use super::bindings::{connector as wit, types as wit_types};
use super::bounds;
use super::call::{Call, CallError};
use super::emitted::{Buffer, Emitted, Meetings};
use super::known::Known;
use super::limits::Limits;
use super::types::{self, Authorization, CollectError, Expansion};
use super::{Connector, Sandbox};
use collector_model::check::Check;
use collector_model::connector::Guide;
use collector_model::form::Problem;

/// A room to collect in a call.
#[derive(Debug, Clone)]
pub struct RoomRequest {
    /// The room.
    pub address: RoomAddress,
    /// The connector's key for the room.
    pub key: String,
    /// The cursor of the last pass.
    pub cursor: Option<String>,
}

/// The result of one room or space in a call, with what was emitted for it.
#[derive(Debug)]
pub struct Collected<K, T> {
    /// The room's address, or the space's key.
    pub place: K,
    /// Its outcome.
    pub outcome: Outcome,
    /// In the order of emission; empty unless the outcome is `Complete` or `Changes`. An id may occur several times.
    pub items: Vec<T>,
}

impl Connector {
    /// Asks for the authorization that follows from the settings (a JSON object), or what is wrong with them.
    ///
    /// # Errors
    /// The call failed.
    pub async fn authorization(
        &self,
        sandbox: &Sandbox,
        source: &str,
        settings: &str,
    ) -> Result<Result<Option<Authorization>, Vec<Problem>>, CallError> {
        let answer = Call::pure(&sandbox.engine, source, async |store| {
            let instance = self.pre().instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_connector()
                .call_authorization(store, settings)
                .await
        })
        .await?;
        Ok(match answer {
            Ok(oauth) => Ok(oauth.map(types::authorization).transpose()?),
            Err(problems) => Err(types::settings_problems(problems, &Known::default())),
        })
    }

    /// Asks for the ways to limit the application with this client id to what the settings (a JSON object) name, or what is wrong with
    /// them. None when the connector offers no such ways.
    ///
    /// # Errors
    /// The call failed.
    pub async fn limits(
        &self,
        sandbox: &Sandbox,
        source: &str,
        settings: &str,
        client_id: Option<&str>,
    ) -> Result<Option<Result<Vec<Guide>, Vec<Problem>>>, CallError> {
        let Some(pre) = self.administered() else {
            return Ok(None);
        };
        let answer = Call::pure(&sandbox.engine, source, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_administration()
                .call_limits(store, settings, client_id)
                .await
        })
        .await?;
        Ok(Some(match answer {
            Ok(guides) => Ok(types::guides(guides)?),
            Err(problems) => Err(types::settings_problems(problems, &Known::default())),
        }))
    }

    /// Asks what an error of the consent page, with its description, means. None when the connector cannot tell.
    ///
    /// # Errors
    /// The call failed.
    pub async fn explain_refusal(
        &self,
        sandbox: &Sandbox,
        source: &str,
        error: &str,
        description: &str,
    ) -> Result<Option<Reason>, CallError> {
        let Some(pre) = self.administered() else {
            return Ok(None);
        };
        let explained = Call::pure(&sandbox.engine, source, async |store| {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .vyopta_collector_administration()
                .call_explain_refusal(store, error, description)
                .await
        })
        .await?;
        Ok(explained.map(|why| types::reason(why, &Known::default())))
    }

    /// Tries everything that a pass needs.
    ///
    /// # Errors
    /// The call failed.
    pub async fn validate(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
    ) -> Result<Vec<Check>, CallError> {
        let mut call = Call::new(&sandbox.engine, access, Emitted::Nothing, limits);
        let checks = call
            .run_concurrent(
                async |store| self.pre().instantiate_async(store).await,
                limits.time,
                async |instance, accessor| {
                    instance
                        .vyopta_collector_connector()
                        .call_validate(accessor, settings)
                        .await
                },
            )
            .await?;
        Ok(types::checks(checks, call.known()))
    }

    /// Lists the rooms of a source.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list_rooms(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
    ) -> Result<Result<Expansion, CollectError>, CallError> {
        let mut call = Call::new(&sandbox.engine, access, Emitted::Nothing, limits);
        let answer = call
            .run_concurrent(
                async |store| self.pre().instantiate_async(store).await,
                limits.time,
                async |instance, accessor| {
                    instance
                        .vyopta_collector_connector()
                        .call_list_rooms(accessor, settings)
                        .await
                },
            )
            .await?;
        Ok(match answer {
            Ok(expansion) => Ok(types::expansion(expansion, call.known())?),
            Err(error) => Err(types::collect_error(error, call.known())),
        })
    }

    /// Collects a slice: returns each of its rooms with an outcome, once.
    ///
    /// # Errors
    /// The call failed; discard what it emitted.
    pub async fn collect(
        &self,
        sandbox: &Sandbox,
        access: Access,
        limits: &Limits,
        settings: String,
        rooms: Vec<RoomRequest>,
        window: Window,
    ) -> Result<Result<Vec<Collected<RoomAddress, Meeting>>, CollectError>, CallError> {
        let addresses: Vec<RoomAddress> = rooms.iter().map(|room| room.address.clone()).collect();
        let emitted = Emitted::Meetings(Meetings::new(
            window,
            addresses.iter().map(|room| room.as_str().to_owned()),
            limits,
            Arc::clone(&access.allowance),
        ));
        let allowance = Arc::clone(&access.allowance);
        let mut call = Call::new(&sandbox.engine, access, emitted, limits);
        let requests = rooms.into_iter().map(room_request).collect::<Vec<_>>();
        let window = wit_types::Window {
            start: window.start(),
            end: window.end(),
        };
        let answer = call
            .run_concurrent(
                async |store| self.pre().instantiate_async(store).await,
                limits.time,
                async |instance, accessor| {
                    instance
                        .vyopta_collector_connector()
                        .call_collect(accessor, settings, requests, window)
                        .await
                },
            )
            .await?;
        let outcomes = match answer {
            Ok(outcomes) => bounds::OUTCOMES.take(outcomes)?,
            Err(error) => return Ok(Err(types::collect_error(error, call.known()))),
        };
        let emitted = call.store.data_mut().emitted.take_meetings();
        let outcomes = outcomes.into_iter().map(|room| {
            let outcome = types::outcome(room.outcome, call.known());
            (room.address, allowed(outcome, &allowance))
        });
        Ok(Ok(join(addresses, outcomes, emitted, "room", "meeting")))
    }
}

/// Joins outcomes and what was emitted, place by place. A place fails if it has no outcome or two, or if something of it was refused. `what`
/// and `item` are words for messages: `room`, `meeting`.
pub(super) fn join<K: AsRef<str>, T>(
    places: Vec<K>,
    outcomes: impl Iterator<Item = (String, Outcome)>,
    mut emitted: Option<Buffer<T>>,
    what: &str,
    item: &str,
) -> Vec<Collected<K, T>> {
    let mut by_place: HashMap<String, Outcome> = HashMap::new();
    for (place, outcome) in outcomes {
        by_place
            .entry(place)
            // There is no telling which of them is true.
            .and_modify(|outcome| {
                *outcome = Outcome::Failed(Reason::new(format!(
                    "the connector gave two outcomes for the {what}"
                )));
            })
            .or_insert(outcome);
    }
    places
        .into_iter()
        .map(|place| {
            let outcome = by_place.remove(place.as_ref()).unwrap_or_else(|| {
                Outcome::Failed(Reason::new(format!(
                    "the connector gave no outcome for the {what}"
                )))
            });
            let batch = emitted
                .as_mut()
                .and_then(|emitted| emitted.take(place.as_ref()))
                .unwrap_or_default();
            let is_read = matches!(outcome, Outcome::Complete(_) | Outcome::Changes(_));
            let (outcome, items) = match batch.refused {
                Some(why) if is_read => {
                    let why = format!("the connector returned an invalid {item}: {why}");
                    (Outcome::Failed(Reason::new(why)), Vec::new())
                }
                None if is_read => (outcome, batch.items),
                _ => (outcome, Vec::new()),
            };
            Collected {
                place,
                outcome,
                items,
            }
        })
        .collect()
}

/// The outcome, unless the pass has brought too much to keep this cursor.
pub(super) fn allowed(outcome: Outcome, allowance: &Allowance) -> Outcome {
    let cursor = match &outcome {
        Outcome::Complete(cursor) | Outcome::Changes(cursor) => cursor.as_ref().map_or(0, String::len),
        _ => 0,
    };
    match allowance.take(cursor) {
        Ok(()) => outcome,
        Err(spent) => Outcome::Failed(Reason::new(spent.to_string())),
    }
}

fn room_request(room: RoomRequest) -> wit::RoomRequest {
    wit::RoomRequest {
        address: room.address.as_str().to_owned(),
        key: room.key,
        cursor: room.cursor,
    }
}
