//! What the operating system and the service manager tell the service, and what they are told.

use std::io;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// To come to an end: SIGTERM, SIGINT, or Ctrl-C.
    Stop,
    /// To read configuration, credentials and connectors again: SIGHUP.
    Reread,
}

/// The signals of this process.
#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.hangup.recv() => Signal::Reread,
        }
    }
}

/// The signals of this process.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Stop,
            Err(_) => std::future::pending().await,
        }
    }
}

/// Ends the process when it was told to stop and has not come to its end within `grace` and a second, whatever it hangs in. It has a
/// thread of its own: the executor may be what hangs.
#[cfg(unix)]
pub(super) fn end_by_force(grace: std::time::Duration) -> io::Result<()> {
    const AFTER: std::time::Duration = std::time::Duration::from_millis(600);
    /// For the last words: whoever reads the log may be what hangs.
    const WORDS: std::time::Duration = std::time::Duration::from_millis(100);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::Builder::new()
        .name("end".to_owned())
        .spawn(move || {
            let told = runtime.block_on(async {
                let mut signals = Signals::new()?;
                while signals.next().await != Signal::Stop {}
                io::Result::Ok(())
            });
            if let Err(error) = told {
                tracing::warn!("a stop that hangs will not be ended by force: {error}");
                return;
            }
            std::thread::sleep(grace + AFTER);
            let (said, is_said) = std::sync::mpsc::channel();
            let words = std::thread::Builder::new().spawn(move || {
                tracing::error!(
                    "the collector did not come to its end in time, and ends by force; what was stored is whole"
                );
                // Nobody waits for it any more when it came late.
                let _ = said.send(());
            });
            if words.is_ok() {
                let _ = is_said.recv_timeout(WORDS);
            }
            std::process::exit(1);
        })?;
    Ok(())
}

/// Elsewhere Ctrl-C has no second listener.
#[cfg(not(unix))]
pub(super) fn end_by_force(_: std::time::Duration) -> io::Result<()> {
    Ok(())
}

/// Tells the service manager, if there is one, that the service runs.
pub(super) fn ready() {
    #[cfg(unix)]
    notify(&[sd_notify::NotifyState::Ready]);
}

/// Tells the service manager that the service is coming to an end.
pub(super) fn stopping() {
    #[cfg(unix)]
    notify(&[sd_notify::NotifyState::Stopping]);
}

#[cfg(unix)]
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!("the service manager could not be told: {error}");
    }
}
