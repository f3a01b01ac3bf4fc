//! A user who looks at a running service: its metrics, and the portal's pages while signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Service;

const PASSWORD: &str = "correct horse battery";
/// The pace of continuous looking.
const EVERY: Duration = Duration::from_millis(100);

/// The addresses of a service, and a session.
#[derive(Clone)]
pub(crate) struct Looks {
    service: String,
    portal: String,
    cookie: String,
}

impl Looks {
    /// Creates the first account of a service and signs in; or signs in again.
    pub(crate) fn at(service: &mut Service, again: bool) -> anyhow::Result<Self> {
        let portal = service.wait_for_line("the Admin Portal is at ")?;
        let (_, portal) = portal.split_once("http://").context("no address")?;
        let mut looks = Self {
            service: service.address()?,
            portal: portal.trim().trim_end_matches('/').to_owned(),
            cookie: String::new(),
        };
        let (path, form) = if again {
            ("/login", format!("account=ada&password={PASSWORD}"))
        } else {
            let token = service.wait_for("the token of the first run", |service| {
                let said = service.said();
                let (_, after) = said.split_once("Create the first one at")?;
                let mut lines = after.lines().map(str::trim);
                lines
                    .find(|line| line.len() > 40 && !line.contains(' '))
                    .map(str::to_owned)
            })?;
            (
                "/setup",
                format!("token={token}&account=ada&new={PASSWORD}&again={PASSWORD}"),
            )
        };
        let answer = e2e::exchange(
            &looks.portal,
            &format!(
                "POST {path} HTTP/1.1\nsec-fetch-site: same-origin\ncontent-type: application/x-www-form-urlencoded"
            ),
            &form.replace(' ', "+"),
        )?;
        let cookie = answer
            .lines()
            .find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        looks.cookie = cookie.with_context(|| answer.clone())?.to_owned();
        Ok(looks)
    }

    /// The time that a page takes: one of the service itself, or else of the portal.
    pub(crate) fn look(&self, path: &str) -> anyhow::Result<Duration> {
        let (authority, cookie) = match path {
            "/metrics" | "/readyz" | "/healthz" => (&self.service, String::new()),
            _ => (&self.portal, format!("\ncookie: {}", self.cookie)),
        };
        let begun = Instant::now();
        let answer = e2e::exchange(authority, &format!("GET {path} HTTP/1.1{cookie}"), "")?;
        let time = begun.elapsed();
        let (status, _) = e2e::status_and_body(&answer)?;
        ensure!(status == 200, "{path}: {answer}");
        Ok(time)
    }

    /// A metric of the service.
    pub(crate) fn figure(&self, sample: &str) -> anyhow::Result<f64> {
        let answer = e2e::exchange(&self.service, "GET /metrics HTTP/1.1", "")?;
        let line = answer.lines().find_map(|line| line.strip_prefix(sample));
        Ok(line.with_context(|| sample.to_owned())?.trim().parse()?)
    }

    /// The times of a number of looks at a page, one after the other.
    pub(crate) fn looks(&self, path: &str, times: usize) -> anyhow::Result<Vec<Duration>> {
        (0..times).map(|_| self.look(path)).collect()
    }

    /// Looks at pages ten times a second until stopped.
    pub(crate) fn keep_looking(&self, paths: &'static [&'static str]) -> Looking {
        let stop = Arc::new(AtomicBool::new(false));
        let (told, looks) = (Arc::clone(&stop), self.clone());
        let thread = std::thread::spawn(move || {
            let (begun, mut times, mut round) = (Instant::now(), Vec::new(), 0);
            while !told.load(Ordering::Relaxed) {
                for path in paths {
                    times.push(looks.look(path)?);
                }
                round += 1;
                // Sets the pace; waits for no condition.
                std::thread::sleep((EVERY * round).saturating_sub(begun.elapsed()));
            }
            Ok(times)
        });
        Looking { stop, thread }
    }
}

/// A user who looks continuously.
pub(crate) struct Looking {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Vec<Duration>>>,
}

impl Looking {
    /// Stops looking, and returns the time of each look.
    pub(crate) fn end(self) -> anyhow::Result<Vec<Duration>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .map_err(|_| anyhow::anyhow!("the looking thread panicked"))?
    }
}
