//! The progress of passes: bars on a terminal, and nothing elsewhere.

use std::time::Duration;

use collector_engine::pass::Observer;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// The bars of all sources in collection, drawn on standard error if that is a terminal.
#[derive(Default)]
pub(super) struct Bars {
    all: MultiProgress,
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
        bar.enable_steady_tick(Duration::from_millis(120));
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
