//! Whoever looks at a running service: figures, and the portal's pages of somebody who is signed in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Service;

const PASSWORD: &str = "correct horse battery";
/// How often somebody looks who looks all the time.
const EVERY: Duration = Duration::from_millis(100);

/// Where a service is looked at.
#[derive(Clone)]
pub(crate) struct Looks {
    service: String,
    portal: String,
    cookie: String,
}

impl Looks {
    /// Makes the first account of a service and signs in; or signs in again.
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
                let (_, after) = said.split_once("Make the first one at")?;
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

    /// How long a page takes: one of the portal when it is not one of the service itself.
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

    /// A figure of the service.
    pub(crate) fn figure(&self, sample: &str) -> anyhow::Result<f64> {
        let answer = e2e::exchange(&self.service, "GET /metrics HTTP/1.1", "")?;
        let line = answer.lines().find_map(|line| line.strip_prefix(sample));
        Ok(line.with_context(|| sample.to_owned())?.trim().parse()?)
    }

    /// How long so many looks at a page take, one after the other.
    pub(crate) fn looks(&self, path: &str, times: usize) -> anyhow::Result<Vec<Duration>> {
        (0..times).map(|_| self.look(path)).collect()
    }

    /// Looks at pages ten times a second until it is told to stop.
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
                // The pace, not a condition.
                std::thread::sleep((EVERY * round).saturating_sub(begun.elapsed()));
            }
            Ok(times)
        });
        Looking { stop, thread }
    }
}

/// Somebody who looks all the time.
pub(crate) struct Looking {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Vec<Duration>>>,
}

impl Looking {
    /// Ends it; how long each look took.
    pub(crate) fn end(self) -> anyhow::Result<Vec<Duration>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .map_err(|_| anyhow::anyhow!("who looked broke off"))?
    }
}
