//! The progress of passes and imports: bars on a terminal, and nothing elsewhere.

use std::time::Duration;

use collector_engine::pass::Observer;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often what moves is drawn.
const TICK: Duration = Duration::from_millis(120);

/// The bars of all sources in collection, drawn on standard error if that is a terminal.
pub(super) struct Bars {
    all: MultiProgress,
}

impl Default for Bars {
    fn default() -> Self {
        Self {
            all: MultiProgress::with_draw_target(target()),
        }
    }
}

/// Where progress is drawn: nowhere if only results and errors are wanted.
fn target() -> ProgressDrawTarget {
    if crate::logging::is_quiet() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    }
}

/// The bar of one source.
pub(super) struct Bar {
    bar: ProgressBar,
}

impl Bars {
    /// Adds the bar of a source, shown until it is dropped.
    pub(super) fn add(&self, source: &str) -> Bar {
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_prefix(collector_model::text::plain(source).into_owned());
        bar.set_message("expanding room lists");
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Bar { bar }
    }
}

impl Observer for Bar {
    fn expanded(&self, rooms: usize) {
        let template = "{spinner} {prefix}: {bar:30} {pos}/{len} rooms ({elapsed})";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        self.bar.set_length(u64::try_from(rooms).unwrap_or(u64::MAX));
    }

    fn settled(&self, settled: usize) {
        self.bar.set_position(u64::try_from(settled).unwrap_or(u64::MAX));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How many records were read, on standard error if that is a terminal, until it is dropped.
pub(super) struct Records(ProgressBar);

impl Records {
    /// Begins to count, under a word for what is done with them.
    pub(super) fn count(doing: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, target()).with_message(doing);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {human_pos} records ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// One more.
    pub(super) fn add(&self) {
        self.0.inc(1);
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
