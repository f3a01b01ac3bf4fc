//! `$batch`: up to twenty requests in one, whose answers come in any order.
//! Source: "Combine multiple HTTP requests using JSON batching", Microsoft Graph.

use std::collections::HashSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::{Answer, GraphAnswer as _};
use crate::request::Request;

/// Most requests in one batch.
const MOST: usize = 20;
/// Bytes reserved for the id, status and headers of one part.
const PART_HEAD: usize = 512;
/// Graph dispatches no more than this many inner requests to Exchange at a time.
const LANES: usize = 4;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    id: Option<Value>,
    method: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    body: Option<serde::de::IgnoredAny>,
}

/// Answers a batch: each inner request goes to `answer`, and `shuffle` mixes the finished parts.
pub(crate) fn batch(
    body: &[u8],
    mut answer: impl FnMut(Request) -> Answer,
    shuffle: impl FnOnce(&mut [(String, Answer)]),
) -> Answer {
    let bad = |message: &str| Answer::error(400, "BadRequest", message);
    let Ok(batch) = serde_json::from_slice::<Batch>(body) else {
        return bad("Invalid batch payload format.");
    };
    if batch.requests.is_empty() {
        return bad("Invalid batch payload format.");
    }
    if batch.requests.len() > MOST {
        return bad(&format!(
            "Number of batch request steps exceeds the maximum value of {MOST}."
        ));
    }
    let mut ids = HashSet::new();
    let mut parts = Vec::with_capacity(batch.requests.len());
    let mut lanes = [Duration::ZERO; LANES];
    for inner in batch.requests {
        let (Some(id), Some(method), Some(url)) = (inner.id, inner.method, inner.url) else {
            return bad("Invalid batch payload format.");
        };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if !ids.insert(id.to_lowercase()) {
            return bad(&format!("Request Id {id} has to be unique in a batch."));
        }
        let headers: Vec<(String, String)> = inner
            .headers
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                (
                    name.to_lowercase(),
                    value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                )
            })
            .collect();
        if inner.body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
            return bad("Write request with a body must have a content-type header.");
        }
        let url = if url.starts_with('/') {
            url
        } else {
            format!("/{url}")
        };
        let answer = if url.contains("://") {
            // Graph's answer to an absolute URL, which one of Microsoft's own SDKs sends by mistake.
            Answer::no_segment("https:")
        } else if url.to_lowercase().contains("$batch") {
            bad("A batch inside a batch is not supported.")
        } else {
            answer(Request::new(&method, &url, headers))
        };
        if let Some(lane) = lanes.iter_mut().min() {
            *lane += answer.delay;
        }
        parts.push((id, answer));
    }
    shuffle(&mut parts);
    let size: usize = parts
        .iter()
        .map(|(_, answer)| answer.body.len() + PART_HEAD)
        .sum();
    let mut whole = Vec::with_capacity(size + PART_HEAD);
    whole.extend_from_slice(b"{\"responses\":[");
    for (place, (id, answer)) in parts.iter().enumerate() {
        if place > 0 {
            whole.push(b',');
        }
        part(&mut whole, id, answer);
    }
    whole.extend_from_slice(b"]}");
    Answer::new(200, "application/json", whole).after(lanes.into_iter().max().unwrap_or_default())
}

/// Writes one inner answer: JSON as such, anything else as base64 text.
fn part(out: &mut Vec<u8>, id: &str, answer: &Answer) {
    // Microsoft writes inner header names like this.
    let headers: serde_json::Map<String, Value> = answer
        .headers
        .iter()
        .map(|(name, value)| (title_case(name), Value::from(value.as_str())))
        .collect();
    let json = answer
        .headers
        .iter()
        .any(|(name, value)| *name == "content-type" && value.contains("json"));
    out.extend_from_slice(b"{\"id\":");
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, id);
    out.extend_from_slice(format!(",\"status\":{},\"headers\":", answer.status).as_bytes());
    let _ = serde_json::to_writer(&mut *out, &headers);
    if json {
        out.extend_from_slice(b",\"body\":");
        out.extend_from_slice(&answer.body);
    } else if !answer.body.is_empty() {
        out.extend_from_slice(b",\"body\":\"");
        out.extend_from_slice(STANDARD.encode(&answer.body).as_bytes());
        out.push(b'"');
    }
    out.push(b'}');
}

fn title_case(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        })
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}
