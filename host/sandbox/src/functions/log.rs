//! `log`: a connector's messages to the operator, limited and made harmless.

use crate::allowance::Line;
use crate::bindings::log as wit;
use crate::bounds::WORDS;
use crate::guest::Guest;
use crate::limits::LOG_LINES;

impl wit::Host for Guest {
    fn log(&mut self, level: wit::Level, message: String) -> wasmtime::Result<()> {
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines > LOG_LINES {
            if self.log_lines == LOG_LINES + 1 {
                tracing::warn!(target: "connector", source = %self.access.source, "dropping further log lines of this call");
            }
            return Ok(());
        }
        match self.access.allowance.take_line() {
            Line::Written => {}
            Line::Last => {
                tracing::warn!(target: "connector", source = %self.access.source, "dropping further log lines of this pass");
                return Ok(());
            }
            Line::Dropped => return Ok(()),
        }
        let message = WORDS.cut(self.access.known.cut(message));
        let line = collector_model::text::plain(&message);
        let source = &self.access.source;
        match level {
            wit::Level::Error => tracing::error!(target: "connector", %source, "{line}"),
            wit::Level::Warn => tracing::warn!(target: "connector", %source, "{line}"),
            wit::Level::Info => tracing::info!(target: "connector", %source, "{line}"),
            wit::Level::Debug => tracing::debug!(target: "connector", %source, "{line}"),
        }
        Ok(())
    }
}
