//! Vocabulary of the tests: changes, sinks and the content of the tables.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::kit::of_kind;
use collector_model::change::{Change, ChangeKind};
use collector_model::fixture;
use collector_model::meeting::Subject;
use collector_sinks::{PostgresqlSettings, Sink, SinkError, SinkSettings};
use e2e::PostgresServer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Client;

pub(crate) fn settings(url: &str) -> PostgresqlSettings {
    PostgresqlSettings {
        url: url.parse().unwrap(),
        password: Some(PostgresServer::PASSWORD.into()),
        ca: None,
        schema: "collector".into(),
    }
}

pub(crate) fn open(settings: PostgresqlSettings) -> Result<Box<dyn Sink>, SinkError> {
    collector_sinks::open(SinkSettings::Postgresql(settings))
}

/// A sink without encryption.
pub(crate) fn sink(server: &PostgresServer, database: &str) -> Box<dyn Sink> {
    open(settings(&format!("{}?sslmode=disable", server.url(database)))).unwrap()
}

/// An hour from 10:00 on 10 March 2026, stored `number` seconds after 9:00.
pub(crate) fn change(number: i64, kind: ChangeKind, id: &str, subject: &str) -> Change {
    let change = Change {
        at: 1_773_133_200 + number,
        ..fixture::change(number)
    };
    of_kind(
        fixture::with(change, |meeting| {
            meeting.id = id.into();
            meeting.subject = Subject::Text(subject.into());
        }),
        kind,
    )
}

pub(crate) fn added(number: i64, id: &str, subject: &str) -> Change {
    change(number, ChangeKind::Added, id, subject)
}

pub(crate) fn updated(number: i64, id: &str, subject: &str) -> Change {
    change(number, ChangeKind::Updated, id, subject)
}

pub(crate) fn removed(number: i64, id: &str) -> Change {
    change(number, ChangeKind::Removed, id, "")
}

/// Each meeting as `id subject #number`, by id.
pub(crate) async fn meetings(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT format('%s %s #%s', id, coalesce(subject, '-'), change_number) FROM collector.meeting ORDER BY id, change_number",
    )
    .await
}

/// Each store as `id number`.
pub(crate) async fn stores(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT id || ' ' || applied FROM collector.store ORDER BY id",
    )
    .await
}

pub(crate) async fn strings(client: &Client, query: &str) -> Vec<String> {
    let rows = client.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Logs from now on whatever happens to a meeting, in the same transaction.
pub(crate) async fn watch(client: &Client) {
    client
        .batch_execute(
            "CREATE TABLE public.happened (what text);
             CREATE FUNCTION public.write_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 INSERT INTO public.happened VALUES (TG_OP || ' ' || coalesce(NEW.id, OLD.id));
                 RETURN NULL;
             END $$;
             CREATE TRIGGER watch AFTER INSERT OR UPDATE OR DELETE ON collector.meeting FOR EACH ROW EXECUTE FUNCTION public.write_down();",
        )
        .await
        .unwrap();
}

/// What happened since `watch`, sorted.
pub(crate) async fn happened(client: &Client) -> Vec<String> {
    strings(
        client,
        "SELECT what FROM public.happened ORDER BY what COLLATE \"C\"",
    )
    .await
}

/// A relay between a sink and its server. Once armed, it ends the connection in place of the answer to the next commit.
pub(crate) struct Between {
    pub(crate) port: u16,
    pub(crate) armed: Arc<AtomicBool>,
}

impl Between {
    pub(crate) async fn and(server: &PostgresServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let armed = Arc::new(AtomicBool::new(false));
        let (to, arm) = (server.port(), Arc::clone(&armed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                pass(client, server, &arm).await;
            }
        });
        Self { port, armed }
    }
}

async fn pass(mut client: TcpStream, mut server: TcpStream, armed: &AtomicBool) {
    let (mut asked, mut said) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            length = client.read(&mut asked) => match length {
                Ok(length @ 1..) => server.write_all(&asked[..length]).await.unwrap(),
                _ => return,
            },
            length = server.read(&mut said) => match length {
                Ok(length @ 1..) => {
                    let said = &said[..length];
                    if said.windows(7).any(|said| said == b"COMMIT\0") && armed.swap(false, Ordering::Relaxed) {
                        return;
                    }
                    client.write_all(said).await.unwrap();
                }
                _ => return,
            },
        }
    }
}
