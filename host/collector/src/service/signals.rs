//! Signals from the operating system, and notices to the service manager.

use std::io;

/// A request by signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Stop: SIGTERM, SIGINT, or Ctrl-C.
    Stop,
    /// Read configuration, credentials and connectors again: SIGHUP.
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

/// Ends the process by force if it was told to stop and has not ended within `grace` and a second, whatever hangs. Runs in a thread of its
/// own, because the executor may be what hangs.
#[cfg(unix)]
pub(super) fn end_by_force(grace: std::time::Duration) -> io::Result<()> {
    const AFTER: std::time::Duration = std::time::Duration::from_millis(600);
    /// The time for the last log line, because the reader of the log may be what hangs.
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
                tracing::warn!(
                    "cannot watch for a stop that hangs, so it would not be ended by force: {error}"
                );
                return;
            }
            std::thread::sleep(grace + AFTER);
            let (said, is_said) = std::sync::mpsc::channel();
            let words = std::thread::Builder::new().spawn(move || {
                tracing::error!("the collector did not stop in time and ends by force; the store is intact");
                // After the wait, nobody receives this.
                let _ = said.send(());
            });
            if words.is_ok() {
                let _ = is_said.recv_timeout(WORDS);
            }
            std::process::exit(1);
        })?;
    Ok(())
}

/// Does nothing: on this system Ctrl-C cannot have a second listener.
#[cfg(not(unix))]
pub(super) fn end_by_force(_: std::time::Duration) -> io::Result<()> {
    Ok(())
}

/// Tells the service manager, if there is one, that the service is ready.
pub(super) fn ready() {
    #[cfg(unix)]
    notify(&[sd_notify::NotifyState::Ready]);
}

/// Tells the service manager that the service is stopping.
pub(super) fn stopping() {
    #[cfg(unix)]
    notify(&[sd_notify::NotifyState::Stopping]);
}

#[cfg(unix)]
fn notify(state: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!("could not notify the service manager: {error}");
    }
}
