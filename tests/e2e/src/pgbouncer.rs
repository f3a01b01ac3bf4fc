//! A PgBouncer for the tests in front of a PostgreSQL, in transaction mode: after each transaction another client may get the connection to
//! the server (`tests/servers.sh` installs it).

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use anyhow::{Context as _, bail};

use crate::PostgresServer;
use crate::postgres_server::{as_owner, put};

/// A running PgBouncer. Dropping it kills the process.
pub struct PgBouncer {
    child: Child,
    port: u16,
}

impl PgBouncer {
    /// Starts one in front of a server, with two alternating connections to each database.
    ///
    /// # Errors
    /// It is not installed, or did not start.
    pub fn start(server: &PostgresServer) -> anyhow::Result<Self> {
        let port = crate::free_address()?.port();
        let file = server.directory().join(format!("pgbouncer-{port}.ini"));
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={} password='{}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 2\nmin_pool_size = 2\nserver_round_robin = 1\n",
            server.port(),
            PostgresServer::USER,
            PostgresServer::PASSWORD
        );
        put(&file, &configuration)?;
        let program = if std::path::Path::new("/usr/sbin/pgbouncer").exists() {
            "/usr/sbin/pgbouncer"
        } else {
            "pgbouncer"
        };
        let mut child = as_owner(program)?
            .arg(&file)
            .stderr(Stdio::piped())
            .spawn()
            .context("these tests need PgBouncer: run tests/servers.sh")?;
        let mut said = BufReader::new(child.stderr.take().context("no standard error")?);
        let mut line = String::new();
        while !line.contains("process up") {
            line.clear();
            if said.read_line(&mut line)? == 0 {
                bail!("PgBouncer did not start: {:?}", child.wait()?);
            }
        }
        // Without a reader it would block.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Ok(Self { child, port })
    }

    /// The address of a database behind it, without encryption.
    pub fn url(&self, database: &str) -> String {
        let user = PostgresServer::USER;
        format!(
            "postgresql://{user}@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // Its state no longer matters.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
