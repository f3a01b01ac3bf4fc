//! NATS JetStream: each change is a message of a stream, on the subject of its room.
//!
//! The subject is `<prefix>.<source>.<room>`, where source and room are encoded so that each is one token: letters, digits, `-`, `_`
//! and `@` stay, every other byte of the name's UTF-8 becomes `%XX`. The payload is the change as JSON. The header `Nats-Msg-Id` is its
//! id, by which the server drops repeats (within the stream's duplicate window) and a reader can do so for ever.
//!
//! The order within a room is kept, even with repeats. The sink sends a message of a room when the one before it is acknowledged. So a
//! failed batch leaves in the stream, for each room, the first of its changes, and at most the next one may still be on its way. The
//! repeat sends all of them again, in order: the server drops those that it has and stores the others after them. The message on its way
//! is dropped as a repeat if it arrives late, and is the next of its room if it arrives early: either way it is in the right place. If more
//! time than the duplicate window passes between a failure and the repeat, the stream has the beginning of the batch twice, both times in
//! order, and readers tell repeats by the ids.
//!
//! A reader keeps the meetings of a room with the instants at which they end. At `snapshot-begin` it starts to note the ids that arrive
//! for the room. At `snapshot-end` it removes those meetings of the room that end after `from` and did not arrive since. A second begin
//! in place of the end starts over. Within a room and a store numbers ascend: a reader ignores a message whose number is not higher than
//! the room's last of the same store, because it is late or a repeat.
//!
//! Insights go the same way. Their ids are of what they tell, which may be told, then told otherwise, and then told again within the duplicate
//! window: so the header has the moment of their computation, too.
//!
//! The server's user needs permission to publish to `<prefix>.>`, `$JS.API.STREAM.INFO.<stream>` and, to create the stream,
//! `$JS.API.STREAM.CREATE.<stream>`; and to subscribe to `_INBOX.>`.

mod connection;
mod subject;

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use collector_model::change::Change;
use collector_model::error::deepest;
use collector_model::insight::{After, Insight};
use collector_model::text::brief;
use connection::{Connection, Server};
use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use tokio::time::timeout;

use crate::settings::{NatsCredentials, NatsSettings};
use crate::{Cause, Sink, SinkError};

/// Longest wait for an acknowledgement. It does not cover the whole batch: one with changes of a single room takes a round trip for each
/// change, and on a slow line would never get through.
const TIME: Duration = Duration::from_secs(60);
/// Rooms whose changes are sent concurrently.
const ROOMS: usize = 64;

/// The sink that publishes changes.
pub(crate) struct Nats {
    server: Server,
    subject: String,
    /// The connection with its client; `None` before the first delivery and after an error.
    connection: Option<Connection>,
}

/// A message to send.
struct Message<'a> {
    /// Source and room.
    of: (&'a str, &'a str),
    /// The number of the change; none for an insight.
    number: Option<i64>,
    /// By which the server drops repeats.
    id: String,
    line: String,
}

impl Nats {
    pub(crate) fn new(settings: NatsSettings) -> Result<Self, SinkError> {
        if !subject::is_prefix(&settings.subject) {
            return Err(SinkError::new(
                "a NATS sink's `subject` must be words of letters, digits, `-` and `_`, separated by dots, such as \"rooms\"",
            ));
        }
        if !subject::is_stream(&settings.stream) {
            return Err(SinkError::new(
                "a NATS sink's `stream` must be a name without spaces, dots, slashes, `*` or `>`, such as \"COLLECTOR\"",
            ));
        }
        Ok(Self {
            subject: settings.subject,
            server: Server::new(settings.url, settings.stream, settings.credentials, settings.ca)?,
            connection: None,
        })
    }

    /// Sends messages, those of a room in their order.
    async fn send(&mut self, messages: Vec<Message<'_>>) -> Result<(), SinkError> {
        // Taken out during the delivery: after an error or a cancelled delivery, the client is dropped with everything it still holds.
        let connection = match self.connection.take() {
            Some(connection) if !connection.is_lost() => connection,
            _ => self.connect().await?,
        };
        let rooms = self.rooms(messages);
        for (subject, _) in &rooms {
            self.check(&connection, subject)?;
        }
        let rooms = rooms
            .into_iter()
            .map(|(subject, messages)| self.publish(&connection, subject, messages))
            .collect::<Vec<_>>();
        let sent = stream::iter(rooms).buffer_unordered(ROOMS).try_collect::<()>();
        tokio::select! {
            biased;
            cause = connection.lost() => return Err(self.server.error(&cause, "look at the server's log")),
            sent = sent => sent?,
        }
        self.connection = Some(connection);
        Ok(())
    }

    async fn connect(&self) -> Result<Connection, SinkError> {
        let all = format!("{}.>", self.subject);
        self.within(self.server.connect(all)).await
    }

    /// Signs in, and sees whether the stream takes the subjects. Creates none.
    async fn look(&self) -> Result<String, SinkError> {
        let (place, stream) = (self.server.place(), &self.server.stream);
        let Some(connection) = self.within(self.server.find_only()).await? else {
            return Ok(format!(
                "Signed in to {place}. The stream {stream} does not exist yet; the first delivery creates it."
            ));
        };
        self.check(&connection, &self.subject_of(("source", "room")))?;
        Ok(format!(
            "Signed in to {place}. The stream {stream} takes {}.>.",
            self.subject
        ))
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, SinkError>>) -> Result<T, SinkError> {
        match timeout(TIME, work).await {
            Ok(done) => done,
            Err(_) => Err(self
                .server
                .error("it did not answer in time", "look at the server's log")),
        }
    }

    /// The messages of each room, in order, with its subject.
    fn rooms<'a>(&self, messages: Vec<Message<'a>>) -> Vec<(String, Vec<Message<'a>>)> {
        let mut places = HashMap::new();
        let mut rooms: Vec<(String, Vec<Message<'_>>)> = Vec::new();
        for message in messages {
            let place = *places.entry(message.of).or_insert(rooms.len());
            match rooms.get_mut(place) {
                Some((_, of_room)) => of_room.push(message),
                None => rooms.push((self.subject_of(message.of), vec![message])),
            }
        }
        rooms
    }

    fn subject_of(&self, (source, room): (&str, &str)) -> String {
        let (source, room) = (subject::token(source), subject::token(room));
        format!("{}.{source}.{room}", self.subject)
    }

    /// Fails unless the stream takes a subject.
    fn check(&self, connection: &Connection, subject: &str) -> Result<(), SinkError> {
        let patterns = &connection.subjects;
        if patterns.iter().any(|pattern| subject::takes(pattern, subject)) {
            return Ok(());
        }
        let taken = if patterns.is_empty() {
            "no subjects".to_owned()
        } else {
            brief(&patterns.join(", "))
        };
        Err(self.server.error(
            &format!("the stream exists and takes {taken}, but not {subject}"),
            &format!(
                "add {}.> to its subjects, or set another `stream` or `subject`",
                self.subject
            ),
        ))
    }

    async fn publish(
        &self,
        connection: &Connection,
        subject: String,
        messages: Vec<Message<'_>>,
    ) -> Result<(), SinkError> {
        for Message { number, id, line, .. } in messages {
            let message = PublishMessage::build()
                .payload(line.into())
                .message_id(id)
                .expected_stream(&self.server.stream);
            let sent = connection.context.send_publish(subject.clone(), message).await;
            let acknowledged = match sent {
                Ok(acknowledgement) => acknowledgement.await,
                Err(error) => Err(error),
            };
            acknowledged.map_err(|error| self.not_taken(&subject, number, &error))?;
        }
        Ok(())
    }

    fn not_taken(&self, subject: &str, number: Option<i64>, error: &PublishError) -> SinkError {
        let too_long = |whose: &str, remedy: &str| {
            let cause = format!("a message on {subject} is longer than the {whose} allows");
            SinkError {
                cause: Cause::Refused(number),
                ..self.server.error(&cause, remedy)
            }
        };
        match error.kind() {
            PublishErrorKind::StreamNotFound => self.server.error(
                &format!("no stream takes {subject} any more"),
                "the next delivery looks for the stream, or creates it",
            ),
            PublishErrorKind::TimedOut => self.server.error(
                &format!("a message on {subject} was not acknowledged in time"),
                "look at the server's log",
            ),
            // Known from what the server said when it connected: the message was not sent.
            PublishErrorKind::MaxPayloadExceeded => too_long("server", "raise `max_payload` of the server"),
            _ if code(error) == Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => {
                too_long("stream", "raise `max_msg_size` of the stream")
            }
            _ => self.server.error(
                &format!(
                    "a message on {subject} was not accepted: {}",
                    brief(&deepest(error))
                ),
                "check the stream's settings and the server's log",
            ),
        }
    }
}

/// The error code of JetStream's answer.
fn code(error: &PublishError) -> Option<ErrorCode> {
    std::error::Error::source(error)?
        .downcast_ref::<async_nats::jetstream::Error>()
        .map(async_nats::jetstream::Error::error_code)
}

impl Sink for Nats {
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        let messages = changes.iter().map(|change| Message {
            of: (&change.source, &change.room),
            number: Some(change.number),
            id: change.change_id(),
            line: change.json(),
        });
        self.send(messages.collect()).boxed()
    }

    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>> {
        self.look().boxed()
    }

    fn tell<'a>(
        &'a mut self,
        after: &'a After,
        insights: &'a [Insight],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        let messages = insights.iter().map(|insight| Message {
            of: (&insight.source, &insight.room),
            number: None,
            id: format!("{}-{}", insight.id, insight.at),
            line: insight.json(after),
        });
        self.send(messages.collect()).boxed()
    }
}
