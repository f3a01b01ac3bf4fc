//! One run, in a process of its own: a first pass into an empty store, and a second pass without changes.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use collector_admin::config::Config;
use collector_engine::pass;
use collector_engine::source::{ReadySource, SetupError, Workshop};
use collector_model::window::{Span, Window};
use collector_sandbox::Sandbox;
use collector_store::{SharedStore, Store, StoreError};
use collector_stores::Collected;
use serde::{Deserialize, Serialize};

use crate::alone::{self, Parts};

/// How a run executes the connector.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The connector in the sandbox.
    Sandbox,
    /// The connector's logic compiled into this program; the same HTTP client, the same store.
    Native,
    /// The parts of a pass, one after the other.
    Alone,
}

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "--run-sandbox",
            Self::Native => "--run-native",
            Self::Alone => "--run-alone",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Sandbox, Self::Native, Self::Alone]
            .into_iter()
            .find(|mode| mode.name() == name)
    }
}

/// What a run measured.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Meetings in the store after the first pass.
    pub(crate) stored: usize,
    /// Time of the first pass.
    pub(crate) seconds: f64,
    /// Time of the second.
    pub(crate) again_seconds: f64,
    /// Processor time of both passes, user and system.
    pub(crate) processor_seconds: f64,
    /// Time to load and compile the connector.
    pub(crate) load_ms: f64,
    /// Peak resident memory of the whole process.
    pub(crate) peak_mib: f64,
}

/// The process of one run. Its arguments: mode, directory of the configuration, connector.
pub(crate) fn child(mode: Mode, arguments: &[String]) -> anyhow::Result<()> {
    let at = arguments
        .iter()
        .position(|argument| argument == mode.name())
        .unwrap_or(0);
    let argument = |number: usize| arguments.get(at + number).context("an argument is missing");
    let (directory, connector) = (Path::new(argument(1)?), Path::new(argument(2)?));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let figures = match mode {
        Mode::Alone => serde_json::to_string(&runtime.block_on(parts(directory, connector))?)?,
        Mode::Sandbox => serde_json::to_string(&runtime.block_on(measure(false, directory, connector))?)?,
        Mode::Native => serde_json::to_string(&runtime.block_on(measure(true, directory, connector))?)?,
    };
    println!("{figures}");
    Ok(())
}

/// `native`: without the sandbox.
async fn measure(native: bool, directory: &Path, connector: &Path) -> anyhow::Result<Figures> {
    let config = Config::load(&directory.join("collector.toml"))?;
    let sandbox = Arc::new(Sandbox::compiling_here()?);
    let begun = Instant::now();
    let source = ready(&sandbox, &config, connector).await?;
    let load_ms = begun.elapsed().as_secs_f64() * 1_000.0;
    let data = tempfile::tempdir_in(directory)?;
    let store = SharedStore::new(Store::open(data.path())?);
    let window = Span::default().around(chrono::Utc::now().timestamp());
    let processor = processor_seconds()?;
    let seconds = pass(native, &sandbox, &source, window, &store).await?;
    let stored = count(&store, &source.name, window)?;
    let again_seconds = pass(native, &sandbox, &source, window, &store).await?;
    Ok(Figures {
        stored,
        seconds,
        again_seconds,
        processor_seconds: processor_seconds()? - processor,
        load_ms,
        peak_mib: status("VmHWM:")? / 1024.0,
    })
}

async fn parts(directory: &Path, connector: &Path) -> anyhow::Result<Parts> {
    let config = Config::load(&directory.join("collector.toml"))?;
    let source = ready(&Sandbox::compiling_here()?, &config, connector).await?;
    alone::measure(&source, Span::default().around(chrono::Utc::now().timestamp())).await
}

async fn ready(sandbox: &Sandbox, config: &Config, connector: &Path) -> anyhow::Result<ReadySource> {
    let source = config.sources.first().context("there is no source")?;
    match Workshop::new(
        sandbox,
        &config.plugins,
        collector_sandbox::Compilations::of(&config.data),
        Some(connector),
    )
    .ready(source)
    .await
    {
        Ok(source) => Ok(source),
        Err(SetupError::Configuration(problems)) => bail!("{}", collector_admin::config::lines(&problems)),
        Err(SetupError::Installed(problem) | SetupError::Connector(problem)) => bail!("{problem}"),
    }
}

async fn pass(
    native: bool,
    sandbox: &Arc<Sandbox>,
    source: &ReadySource,
    window: Window,
    store: &SharedStore,
) -> anyhow::Result<f64> {
    let begun = Instant::now();
    if native {
        crate::native::pass(source, window, store).await?;
    } else {
        let store: Arc<dyn Collected> = Arc::new(store.clone());
        pass::run(sandbox, source, window, &store, &(), &mut pass::Stop::never()).await?;
    }
    Ok(begun.elapsed().as_secs_f64())
}

fn count(store: &SharedStore, source: &str, window: Window) -> anyhow::Result<usize> {
    let store = store.lock();
    let mut count = 0;
    store.meetings(source, window, |_, _, _| {
        count += 1;
        Ok::<(), StoreError>(())
    })?;
    Ok(count)
}

/// A figure of /proc/self/status, in kB.
fn status(name: &str) -> anyhow::Result<f64> {
    let text =
        std::fs::read_to_string("/proc/self/status").context("peak memory can be read only on Linux")?;
    let line = text
        .lines()
        .find(|line| line.starts_with(name))
        .context("no such figure")?;
    Ok(line
        .split_whitespace()
        .nth(1)
        .context("no such figure")?
        .parse()?)
}

/// User and system time of this process, in clock ticks of a hundredth of a second (proc(5)).
fn processor_seconds() -> anyhow::Result<f64> {
    let text =
        std::fs::read_to_string("/proc/self/stat").context("processor time can be read only on Linux")?;
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |position: usize| -> anyhow::Result<f64> {
        Ok(fields.get(position).context("no such field")?.parse()?)
    };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
