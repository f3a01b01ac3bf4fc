//! The log on standard error: what happens inside, for operators, as text or as JSON, one line per event. Results and errors of a
//! command are printed, not logged. Subjects, credentials and paths of addresses are never logged, and foreign text can neither end a
//! line nor steer a terminal.

use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{SecondsFormat, Utc};
use collector_model::json::write_json;
use collector_model::text::{deceives, plain};
use tracing::{Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

#[cfg(feature = "otlp")]
use crate::trace::Exporter;

/// The environment variable with the filter: a level, or levels by target.
pub const VARIABLE: &str = "COLLECTOR_LOG";
/// The environment variable with the format: `text` or `json`.
pub const FORMAT_VARIABLE: &str = "COLLECTOR_LOG_FORMAT";

/// The log, and the export of traces with it.
#[must_use = "the last spans are sent by `finish`"]
pub struct Log {
    #[cfg(feature = "otlp")]
    exporter: Option<Exporter>,
}

impl Log {
    /// Sends the spans that are left, for a few seconds at most.
    pub fn finish(self) {
        #[cfg(feature = "otlp")]
        if let Some(exporter) = self.exporter {
            exporter.finish();
        }
    }
}

/// Starts the log, and the export of traces if the environment asks for it. Without [`VARIABLE`] the filter is `default`. A variable that
/// cannot be used prints a warning, and its default applies.
pub fn start(default: &str) -> Log {
    let filter = std::env::var(VARIABLE).unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::try_new(&filter).unwrap_or_else(|error| {
        warn(&format!(
            "{VARIABLE} is not a valid filter ({error}); using {default}"
        ));
        EnvFilter::new(default)
    });
    let log = tracing_subscriber::registry().with(lines(format(), io::stderr).with_filter(filter));
    #[cfg(feature = "otlp")]
    let exporter = Exporter::from_environment().unwrap_or_else(|error| {
        warn(&format!("traces are not exported: {error}"));
        None
    });
    #[cfg(feature = "otlp")]
    let log = log.with(exporter.as_ref().map(Exporter::layer));
    log.init();
    collector_tasks::watched::log_panics();
    Log {
        #[cfg(feature = "otlp")]
        exporter,
    }
}

/// The form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// For people. The journal adds the time itself; only a terminal shows colours.
    Text { time: bool, colour: bool },
    /// One flat object per line, with times in RFC 3339, UTC.
    Json,
}

fn format() -> Format {
    let text = Format::Text {
        time: !is_journal(),
        colour: io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    match std::env::var(FORMAT_VARIABLE).as_deref() {
        Ok("json") => Format::Json,
        Ok("text" | "") | Err(_) => text,
        Ok(other) => {
            warn(&format!(
                "{FORMAT_VARIABLE} is {other:?}, but must be text or json; using text"
            ));
            text
        }
    }
}

fn lines<S, W>(format: Format, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let layer = tracing_subscriber::fmt::layer();
    match format {
        Format::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(Escaping(writer))
            .boxed(),
        Format::Text { time, colour } => {
            let fields = debug_fn(|writer, field, value| {
                let value = format!("{value:?}");
                match field.name() {
                    "message" => write!(writer, "{}", plain(&value)),
                    name => write!(writer, "{name}={}", plain(&value)),
                }
            })
            .delimited(" ");
            let layer = layer.with_ansi(colour).fmt_fields(fields).with_writer(writer);
            if time {
                layer.boxed()
            } else {
                layer.without_time().boxed()
            }
        }
    }
}

/// Whether standard error goes straight to the journal of systemd, which notes the time itself ("systemd.exec",
/// `$JOURNAL_STREAM`: device and inode of the stream, since a child may have inherited the variable and another stream).
#[cfg(unix)]
fn is_journal() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::MetadataExt as _;
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|stderr| std::fs::File::from(stderr).metadata())
        .is_ok_and(|found| stream == format!("{}:{}", found.dev(), found.ino()))
}

#[cfg(not(unix))]
fn is_journal() -> bool {
    false
}

/// Whether only results and errors are printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From now on prints errors only beside results: no warnings, summaries or progress.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether to print results and errors only.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a warning on standard error, on one line whatever foreign text it holds.
pub fn warn(problem: &str) {
    if is_quiet() {
        return;
    }
    if is_json() {
        announce(Level::WARN, &plain(problem), &[]);
    } else {
        anstream::eprintln!("warning: {}", plain(problem));
    }
}

/// Whether standard error holds JSON and nothing else.
pub fn is_json() -> bool {
    std::env::var(FORMAT_VARIABLE).is_ok_and(|format| format == "json")
}

/// Writes a line in the form of the JSON log, whatever level is logged: what somebody must read even where nothing is logged, or what goes
/// wrong before there is a log.
pub fn announce(level: Level, message: &str, fields: &[(&str, &str)]) {
    let mut line = serde_json::Map::from_iter([
        (
            "timestamp".to_owned(),
            Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true).into(),
        ),
        ("level".to_owned(), level.as_str().into()),
        ("target".to_owned(), "collector".into()),
        ("message".to_owned(), message.into()),
    ]);
    line.extend(
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into())),
    );
    let mut bytes = Vec::new();
    // Into memory: it cannot fail. Standard error may be closed, and then nobody reads it.
    if write_json(&mut bytes, &line).is_ok() {
        bytes.push(b'\n');
        let _ = io::stderr().lock().write_all(&bytes);
    }
}

/// Escapes deceptive characters that JSON lets through: the second set of control characters, and marks of direction. They occur only
/// within strings, where the escape means the same.
struct Escaping<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Escaping<W> {
    type Writer = EscapingWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        EscapingWriter(self.0.make_writer())
    }
}

struct EscapingWriter<W>(W);

impl<W: Write> Write for EscapingWriter<W> {
    /// Takes whole lines: each event comes in one write.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut escaped = String::with_capacity(text.len());
        for character in text.chars() {
            if character != '\n' && deceives(character) {
                escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
            } else {
                escaped.push(character);
            }
        }
        self.0.write_all(escaped.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, events: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let subscriber = tracing_subscriber::registry().with(lines(format, move || writer.clone()));
        tracing::subscriber::with_default(subscriber, events);
        let bytes = kept.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const TEXT: Format = Format::Text {
        time: false,
        colour: false,
    };
    const FORGED: &str =
        "refused\r\n2026-03-10T10:00:00Z ERROR all is lost\u{1b}[2J\u{9b}2J\u{202e}\u{2028}\0";

    fn hostile_events() {
        tracing::warn!(target: "connector", source = %FORGED, reason = FORGED, "{FORGED}");
        let span = tracing::info_span!("pass", source = %FORGED);
        span.in_scope(|| tracing::info!(cause = ?FORGED, "second"));
    }

    #[test]
    fn foreign_text_cannot_forge_a_line_or_steer_a_terminal() {
        for format in [TEXT, Format::Json] {
            let lines = logged(format, hostile_events);
            assert_eq!(lines.matches('\n').count(), 2, "{lines}");
            assert!(lines.ends_with('\n'));
            assert!(
                !lines
                    .chars()
                    .any(|character| character != '\n' && deceives(character)),
                "{lines:?}"
            );
            assert!(
                lines.contains("all is lost"),
                "it is shown, only harmless: {lines}"
            );
        }
    }

    #[test]
    fn text_says_level_target_message_and_fields() {
        let lines = logged(TEXT, || {
            tracing::info!(target: "collector::pass", source = "contoso", rooms = 3, "the pass ended");
        });
        assert_eq!(
            lines,
            " INFO collector::pass: the pass ended source=\"contoso\" rooms=3\n"
        );
    }

    #[test]
    fn json_is_one_flat_object_a_line_with_the_time_in_utc() {
        let lines = logged(Format::Json, || {
            tracing::info!(target: "collector::pass", source = "contoso", rooms = 3, "the pass \"ended\"");
            tracing::warn!(target: "connector", source = %FORGED, "two");
        });
        let mut lines = lines
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let mut first = lines.next().unwrap();
        let time = first.as_object_mut().unwrap().remove("timestamp").unwrap();
        let time = time.as_str().unwrap();
        assert!(time.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(time).is_ok());
        assert_eq!(
            first,
            serde_json::json!({
                "level": "INFO", "target": "collector::pass", "message": "the pass \"ended\"", "source": "contoso", "rooms": 3,
            })
        );
        assert_eq!(lines.next().unwrap()["source"], FORGED, "nothing of it is lost");
        assert!(lines.next().is_none());
    }
}
