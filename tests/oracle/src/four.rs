//! What one *four* says of each second: the records of one source, space, device and kind, within its coverage.

use std::collections::BTreeMap;

use crate::world::{Record, Says, Span};

/// Source, space, device and kind, compared as they stand.
pub type Name<'a> = (&'a str, &'a str, Option<&'a str>, &'a str);

/// What one four says, one entry for each second of the span.
pub struct Four {
    /// `call`, `presentation`, `presence`, `in-use` or `people-count`.
    pub kind: String,
    /// Whether its records count at a second: observed and not blind, or without coverage not blind.
    pub live: Vec<bool>,
    /// What it says there; a count above 0 is true, and 0 is false.
    pub says: Vec<Option<bool>>,
    /// The highest count that its records give there; empty for other kinds than people counts.
    pub count: Vec<Option<u32>>,
}

/// An interval, change or sample.
struct Exact {
    form: String,
    start: i64,
    end: Option<i64>,
    value: i64,
    resolution: Option<i64>,
}

/// The records of each four that usage or coverage names.
pub fn by_name<'a>(records: &[&'a Record]) -> BTreeMap<Name<'a>, Vec<&'a Record>> {
    let mut fours: BTreeMap<Name, Vec<&Record>> = BTreeMap::new();
    for &record in records {
        for kind in record.kinds() {
            fours
                .entry((&record.source, &record.space, record.device.as_deref(), kind))
                .or_default()
                .push(record);
        }
    }
    fours
}

/// Whether a four of this kind can say that nobody is there.
pub fn sees_vacancy(kind: &str) -> bool {
    matches!(kind, "presence" | "in-use" | "people-count")
}

impl Four {
    /// What the records of one four say of each second of `span`.
    pub fn new(kind: &str, records: &[&Record], span: Span, now: i64) -> Four {
        let length = (span.1 - span.0) as usize;
        let mut observed = vec![false; length];
        let mut blind = vec![false; length];
        let mut spanned = vec![false; length];
        let mut has_coverage = false;
        let mut exact = Vec::new();
        for record in records {
            match &record.says {
                Says::Coverage { observed: true, .. } => {
                    has_coverage = true;
                    mark(&mut observed, span, whole(record));
                }
                Says::Coverage { .. } => mark(&mut blind, span, whole(record)),
                Says::Usage { form, .. } if form == "bucket" => mark(&mut spanned, span, whole(record)),
                Says::Usage {
                    form,
                    value,
                    resolution,
                    ..
                } => exact.push(Exact {
                    form: form.clone(),
                    start: record.start,
                    end: record.end,
                    value: *value,
                    resolution: *resolution,
                }),
            }
        }

        let mut says = vec![None; length];
        let mut count = if kind == "people-count" {
            vec![None; length]
        } else {
            Vec::new()
        };
        for record in &exact {
            if exact.iter().any(|other| other.proves_more(record)) {
                continue;
            }
            for t in seconds(record.holds(&exact, has_coverage, now), span) {
                // Where several hold, what proves more.
                says[t] = says[t].max(Some(record.value > 0));
                if let Some(count) = count.get_mut(t) {
                    *count = (*count).max(u32::try_from(record.value).ok());
                }
            }
        }

        let mut live = vec![false; length];
        for t in 0..length {
            live[t] = (observed[t] || !has_coverage) && !blind[t];
            if !live[t] {
                says[t] = None;
                if let Some(count) = count.get_mut(t) {
                    *count = None;
                }
            } else if has_coverage && sees_vacancy(kind) && says[t].is_none() && !spanned[t] {
                says[t] = Some(false);
            }
        }
        Four {
            kind: kind.to_owned(),
            live,
            says,
            count,
        }
    }
}

impl Exact {
    /// Whether this is said at the same instant in the same form, and proves more: only it counts then.
    fn proves_more(&self, other: &Exact) -> bool {
        let at_an_instant = matches!(self.form.as_str(), "change" | "sample");
        at_an_instant
            && (&self.form, self.start) == (&other.form, other.start)
            && (self.value, self.resolution_or_default()) > (other.value, other.resolution_or_default())
    }

    fn resolution_or_default(&self) -> i64 {
        self.resolution.unwrap_or(300)
    }

    /// The seconds for which it holds, apart from coverage.
    fn holds(&self, exact: &[Exact], has_coverage: bool, now: i64) -> Span {
        let later = exact
            .iter()
            .filter(|other| other.form == self.form && other.start > self.start);
        let next = later.map(|other| other.start).min().unwrap_or(i64::MAX);
        let end = match self.form.as_str() {
            "interval" => match self.end {
                Some(end) => end,
                None if has_coverage => now,
                None => now.min(self.start + 24 * 3600),
            },
            "change" if has_coverage => next,
            "change" => next.min(self.start + 65 * 60),
            "sample" => next.min(self.start + 2 * self.resolution_or_default()),
            other => panic!("no form: {other}"),
        };
        (self.start, end)
    }
}

fn whole(record: &Record) -> Span {
    (record.start, record.end.expect("an end"))
}

/// Marks those seconds of `part` that lie in `span`.
pub fn mark(marks: &mut [bool], span: Span, part: Span) {
    for t in seconds(part, span) {
        marks[t] = true;
    }
}

/// The places of the seconds of `part` in arrays whose first entry is the first second of `span`.
pub fn seconds(part: Span, span: Span) -> std::ops::Range<usize> {
    let start = part.0.max(span.0).min(span.1);
    let end = part.1.min(span.1).max(start);
    (start - span.0) as usize..(end - span.0) as usize
}
