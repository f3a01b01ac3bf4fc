//! Tests that errors name their remedy and contain no password.

use collector_model::change::Change;
use collector_sinks::Cause;
use e2e::PostgresServer;

use crate::postgresql::situation::{added, open, settings, sink};

/// The error of settings with this URL, before anything is contacted.
fn refused(url: &str) -> String {
    open(settings(url))
        .err()
        .map_or_else(|| "taken".into(), |error| error.to_string())
}

#[test]
fn a_password_in_the_url_is_refused_and_not_repeated() {
    let remedy = "the `url` of a database must hold no password: put it where `password` says, such as { env = \"VARIABLE\" }, and change \
                  it, for it was seen";
    assert_eq!(refused("postgresql://u:hunter2@db.example.com/rooms"), remedy);
    assert_eq!(
        refused("postgresql://u@db.example.com/rooms?password=hunter2"),
        remedy
    );
    assert_eq!(
        refused("postgresql://u@db.example.com/rooms?p%61ssword=hunter2"),
        remedy
    );
}

#[test]
fn clear_text_is_only_for_this_machine() {
    for url in [
        "postgresql://u@127.0.0.1/rooms?sslmode=disable",
        "postgresql://u@localhost/rooms?sslmode=disable",
        "postgresql://u@%2Frun%2Fpostgresql/rooms?sslmode=disable",
        "postgresql:///rooms?host=/run/postgresql&user=u",
        "postgresql://u@db.example.com/rooms",
        "postgresql://u@db.example.com:5433/rooms?sslmode=verify-full&target_session_attrs=read-write",
    ] {
        assert_eq!(refused(url), "taken", "{url}");
    }
    let this_machine = "the `url` of a database may set sslmode=disable only for this machine (127.0.0.1, ::1, localhost, a Unix \
                        socket); remove it, and set `ca` if the server's certificate is from an authority of your own";
    for url in [
        "postgresql://u@db.example.com/rooms?sslmode=disable",
        "postgresql://u@10.0.0.1/rooms?sslmode=disable",
        "postgresql://u@localhost/rooms?sslmode=disable&hostaddr=10.0.0.1",
        "postgresql://u@localhost/rooms?host=db.example.com&sslmode=disable",
    ] {
        assert_eq!(refused(url), this_machine, "{url}");
    }
    for mode in ["prefer", "allow", ""] {
        assert_eq!(
            refused(&format!("postgresql://u@127.0.0.1/rooms?sslmode={mode}")),
            "the `url` of a database may set sslmode=verify-full, which is the default, or, for this machine, sslmode=disable; remove it"
        );
    }
}

#[test]
fn an_incomplete_url_is_reported() {
    let example = "write it like postgresql://collector@db.example.com/rooms";
    for (url, problem) in [
        (
            "mysql://u@db.example.com/rooms",
            format!("the `url` of a database must begin with postgresql://; {example}"),
        ),
        (
            "postgresql:///rooms",
            format!("the `url` of a database names no host; {example}"),
        ),
        (
            "postgresql://db.example.com/rooms",
            format!("the `url` of a database names no user; {example}"),
        ),
        (
            "postgresql://u@db.example.com",
            format!("the `url` of a database names no database; {example}"),
        ),
        (
            "postgresql://u@db.example.com/rooms?sslrootcert=ca.pem",
            format!(
                "the `url` of a database cannot be used: unknown option `sslrootcert`; {example}, without that option"
            ),
        ),
    ] {
        assert_eq!(refused(url), problem, "{url}");
    }
}

#[test]
fn a_schema_that_needs_quotes_is_refused() {
    let long = "x".repeat(64);
    for schema in [
        "",
        "a b",
        "a\"; DROP TABLE meeting; --",
        "pg_collector",
        long.as_str(),
    ] {
        let mut settings = settings("postgresql://u@db.example.com/rooms");
        settings.schema = schema.into();
        assert_eq!(
            open(settings)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default(),
            "the `schema` of a database must be 1 to 63 letters, digits and _, and not begin with pg_; write it like \"collector\"",
            "{schema}"
        );
    }
}

#[test]
fn an_authority_that_is_no_certificate_is_refused() {
    let mut settings = settings("postgresql://u@db.example.com/rooms");
    settings.ca = Some(b"hello".to_vec());
    assert_eq!(
        open(settings)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default(),
        "a database's `ca` is not usable: it contains no certificate; give a PEM file"
    );
}

/// The error of a delivery, with the server's port replaced by `PORT`.
async fn failure(server: &PostgresServer, settings: collector_sinks::PostgresqlSettings) -> String {
    let error = open(settings)
        .unwrap()
        .deliver(&[added(1, "a", "Sync")])
        .await
        .unwrap_err();
    error.to_string().replace(&server.port().to_string(), "PORT")
}

#[tokio::test]
async fn a_wrong_password_is_reported_but_not_repeated() {
    let server = PostgresServer::shared().unwrap();
    let mut settings = settings(&format!("{}?sslmode=disable", server.url("postgres")));
    settings.password = Some("hunter2".into());
    assert_eq!(
        failure(server, settings).await,
        "the database \"postgres\" at 127.0.0.1:PORT refused: password authentication failed for user \"collector\" (28P01); compare the \
         user in `url` and `password` with the server's, and check its pg_hba.conf"
    );
}

#[tokio::test]
async fn a_password_that_is_missing_is_asked_for() {
    let server = PostgresServer::shared().unwrap();
    let mut settings = settings(&format!("{}?sslmode=disable", server.url("postgres")));
    settings.password = None;
    assert_eq!(
        failure(server, settings).await,
        "the database \"postgres\" at 127.0.0.1:PORT asks for a password; give it as `password`"
    );
}

#[tokio::test]
async fn a_missing_database_is_reported() {
    let server = PostgresServer::shared().unwrap();
    let settings = settings(&format!("{}?sslmode=disable", server.url("nowhere")));
    assert_eq!(
        failure(server, settings).await,
        "the database \"nowhere\" at 127.0.0.1:PORT refused: database \"nowhere\" does not exist (3D000); create the database with createdb, \
         or correct `url`"
    );
}

#[tokio::test]
async fn a_user_without_rights_needs_no_more_than_a_schema_of_its_own() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    client
        .batch_execute(&format!(
            "CREATE ROLE poor_{database} LOGIN PASSWORD '{}'",
            PostgresServer::PASSWORD
        ))
        .await
        .unwrap();
    let url = format!(
        "postgresql://poor_{database}@127.0.0.1:{}/{database}?sslmode=disable",
        server.port()
    );
    assert_eq!(
        failure(server, settings(&url)).await,
        format!(
            "the database \"{database}\" at 127.0.0.1:PORT refused: permission denied for database {database} (42501); create the schema \
             for the user: CREATE SCHEMA name AUTHORIZATION user"
        )
    );
    client
        .batch_execute(&format!("CREATE SCHEMA collector AUTHORIZATION poor_{database}"))
        .await
        .unwrap();
    let mut sink = open(settings(&url)).unwrap();
    sink.deliver(&[added(1, "a", "Sync")]).await.unwrap();
}

#[tokio::test]
async fn a_meeting_that_is_always_refused_differs_from_a_server_that_refuses_all() {
    use std::hash::{BuildHasher as _, RandomState};
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    let mut sink = sink(server, &database);
    // Hex digits of hashes hardly compress.
    let id: String = (0..1_000)
        .map(|number| format!("{:016x}", RandomState::new().hash_one(number)))
        .collect();
    let error = sink
        .deliver(&[added(1, "a", "Sync"), added(2, &id, "Long")])
        .await
        .unwrap_err();
    assert_eq!(error.cause, Cause::Refused(None), "{error}");
    assert!(error.to_string().contains("(54000)"), "{error}");
    sink.deliver(&[added(1, "a", "Sync")]).await.unwrap();

    client
        .batch_execute("ALTER TABLE collector.meeting ADD CHECK (room_name <> 'Conf B')")
        .await
        .unwrap();
    let forbidden = Change {
        room_name: "Conf B".into(),
        ..added(3, "b", "Review")
    };
    let error = sink.deliver(&[forbidden]).await.unwrap_err();
    assert_eq!(error.cause, Cause::Refused(None), "{error}");

    client
        .batch_execute("ALTER TABLE collector.meeting RENAME TO meeting_2")
        .await
        .unwrap();
    let error = sink.deliver(&[added(4, "c", "Retro")]).await.unwrap_err();
    assert_eq!(error.cause, Cause::Down, "{error}");
    let url = format!(
        "{}?sslmode=disable&options=-c%20statement_timeout%3Dsoon",
        server.url(&database)
    );
    let error = open(settings(&url))
        .unwrap()
        .deliver(&[added(4, "c", "Retro")])
        .await
        .unwrap_err();
    // Of the class of data errors, but about the settings.
    assert!(error.to_string().contains("(22023)"), "{error}");
    assert_eq!(error.cause, Cause::Down, "{error}");
}

#[tokio::test]
async fn tables_of_a_newer_collector_are_left_alone() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    sink(server, &database)
        .deliver(&[added(1, "a", "Sync")])
        .await
        .unwrap();
    client
        .batch_execute(
            "INSERT INTO collector.schema_version VALUES (99, 'newer', '2030-01-01T00:00:00Z', '1')",
        )
        .await
        .unwrap();
    let url = format!("{}?sslmode=disable", server.url(&database));
    assert_eq!(
        failure(server, settings(&url)).await,
        format!(
            "the database \"{database}\" at 127.0.0.1:PORT has tables that this collector does not know: migration V99__newer is missing \
             from the filesystem; a newer collector created them: install it, or name another `schema`"
        )
    );
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given_and_only_then() {
    let server = PostgresServer::shared().unwrap();
    let (database, client) = server.database().await.unwrap();
    assert_eq!(
        failure(server, settings(&server.url(&database))).await,
        format!(
            "the database \"{database}\" at 127.0.0.1:PORT cannot be trusted: invalid peer certificate: UnknownIssuer; set `ca` to the \
             authority of the server's certificate, and the host in `url` to the name in the certificate"
        )
    );
    let mut with_ca = settings(&server.url(&database));
    with_ca.ca = Some(server.ca().as_bytes().to_vec());
    let mut sink = open(with_ca).unwrap();
    sink.deliver(&[added(1, "a", "Sync")]).await.unwrap();
    let row = client
        .query_one(
            "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE ssl AND application_name = 'collector' AND datname = $1",
            &[&database],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = PostgresServer::shared().unwrap();
    let url = server.url("postgres").replace("127.0.0.1", "localhost");
    let mut settings = settings(&url);
    settings.ca = Some(server.ca().as_bytes().to_vec());
    let error = failure(server, settings).await;
    assert!(
        error.starts_with("the database \"postgres\" at localhost:PORT cannot be trusted: invalid peer certificate: certificate not valid for name \"localhost\""),
        "{error}"
    );
}

#[tokio::test]
async fn a_unix_socket_needs_no_encryption() {
    let server = PostgresServer::shared().unwrap();
    let (database, _) = server.database().await.unwrap();
    let url = format!(
        "postgresql:///{database}?host={}&port={}&user=collector",
        server.directory().display(),
        server.port()
    );
    open(settings(&url))
        .unwrap()
        .deliver(&[added(1, "a", "Sync")])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_letter_is_refused_before_anything_is_made() {
    let server = PostgresServer::shared().unwrap();
    let (_, client) = server.database().await.unwrap();
    client
        .batch_execute("CREATE DATABASE old ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        .await
        .unwrap();
    let error = sink(server, "old").applied("5f0c").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the database \"old\" at 127.0.0.1:{} has the encoding LATIN1, which cannot store every character; create one with the encoding \
             UTF8 (CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0), and name it in `url`",
            server.port()
        )
    );
    let old = server.client("old").await.unwrap();
    let made = old
        .query_one(
            "SELECT count(*) FROM pg_namespace WHERE nspname = 'collector'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(made.get::<_, i64>(0), 0);
}
