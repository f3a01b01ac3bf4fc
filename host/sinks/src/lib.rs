//! SHIM
#![allow(missing_docs)]
use futures::future::BoxFuture;
use std::io::Write as _;
use std::time::Duration;
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub store: String,
    pub number: i64,
    pub kind: ChangeKind,
    pub at: i64,
    pub source: String,
    pub room: String,
    pub room_name: String,
    pub id: String,
    pub series: Option<String>,
    pub subject: Option<String>,
    pub withheld: bool,
    pub start: i64,
    pub end: i64,
    pub all_day: bool,
    pub status: String,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    Added,
    Updated,
    Removed,
}
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    pub message: String,
    pub retry_after: Option<Duration>,
}
pub trait Sink: Send {
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>>;
}
pub struct JsonlSettings {
    pub path: std::path::PathBuf,
}
pub enum SinkSettings {
    Jsonl(JsonlSettings),
}
impl SinkSettings {
    pub fn batch(&self) -> usize {
        500
    }
}
struct J(std::path::PathBuf);
impl Sink for J {
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            let mut f = std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(&self.0)
                .map_err(|e| SinkError {
                    message: e.to_string(),
                    retry_after: None,
                })?;
            for c in changes {
                let v = serde_json::json!({"change_id":format!("{}-{}",c.store,c.number),"change":format!("{:?}",c.kind).to_lowercase(),"source":c.source,"room":c.room,"id":c.id,"subject":c.subject,"withheld":c.withheld,"start":c.start,"end":c.end});
                let _ = writeln!(f, "{v}");
            }
            Ok(())
        })
    }
}
pub fn open(s: SinkSettings) -> Box<dyn Sink> {
    match s {
        SinkSettings::Jsonl(j) => Box::new(J(j.path)),
    }
}
