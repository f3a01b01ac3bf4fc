//! The log on standard error: what happens inside, for operators. Results and errors of a command are not logged, they are
//! printed. No subject and no credential is ever logged.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// The variable that says what is logged.
pub const VARIABLE: &str = "COLLECTOR_LOG";

/// Starts the log. A filter that cannot be read is said, and the default used.
pub fn start() {
    let filter = std::env::var(VARIABLE).unwrap_or_else(|_| "warn".into());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|error| {
        anstream::eprintln!("warning: {VARIABLE} is not a filter ({error}); using warn");
        EnvFilter::new("warn")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none())
        .with_writer(std::io::stderr)
        .init();
}
