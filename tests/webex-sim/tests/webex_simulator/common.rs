//! A small client for the tests of the simulator.

use chrono::{DateTime, Utc};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use webex_sim::{Device, Organization, Simulator, Token, Workspace};

/// A client with a token.
pub(crate) struct Webex {
    http: Client,
    pub(crate) base: String,
    token: String,
}

impl Webex {
    /// With that of a full administrator.
    pub(crate) fn of(sim: &Simulator) -> Self {
        Self::with(&sim.api_url(), "admin")
    }

    pub(crate) fn with(base: &str, token: &str) -> Self {
        Self {
            http: Client::new(),
            base: base.to_owned(),
            token: token.to_owned(),
        }
    }

    /// A GET of a path below the version, or of a whole link.
    pub(crate) fn get(&self, target: &str) -> RequestBuilder {
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base)
        };
        self.http.get(url).bearer_auth(&self.token)
    }

    pub(crate) async fn send(&self, target: &str) -> Response {
        self.get(target).send().await.unwrap()
    }

    /// Status and JSON of a GET.
    pub(crate) async fn json(&self, target: &str) -> (u16, Value) {
        read(self.send(target).await).await
    }

    /// The JSON of a GET that succeeds.
    pub(crate) async fn found(&self, target: &str) -> Value {
        let (status, answer) = self.json(target).await;
        assert_eq!(status, 200, "{target}: {answer}");
        answer
    }

    /// The names page by page along the links, for at most eight pages.
    pub(crate) async fn pages(&self, target: &str) -> Vec<Vec<String>> {
        let (mut found, mut target) = (Vec::new(), target.to_owned());
        while found.len() < 8 {
            let answer = self.send(&target).await;
            let next = next(&answer);
            found.push(each(&read(answer).await.1, "displayName"));
            match next {
                Some(next) => target = next,
                None => break,
            }
        }
        found
    }
}

/// Status and JSON of an answer.
pub(crate) async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A header of an answer.
pub(crate) fn header(answer: &Response, name: &str) -> Option<String> {
    Some(answer.headers().get(name)?.to_str().unwrap().to_owned())
}

/// The next page.
pub(crate) fn next(answer: &Response) -> Option<String> {
    let link = header(answer, "link")?;
    let url = link
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
    Some(url.unwrap().to_owned())
}

/// One field of each item.
pub(crate) fn each(answer: &Value, field: &str) -> Vec<String> {
    let items = answer["items"].as_array().unwrap().iter();
    items
        .map(|item| item[field].as_str().unwrap_or("-").to_owned())
        .collect()
}

/// A time of 10 March 2026: `10:30`.
pub(crate) fn at(time: &str) -> DateTime<Utc> {
    format!("2026-03-10T{time}:00Z").parse().unwrap()
}

/// An organization with the token of a full administrator.
pub(crate) fn contoso() -> Organization {
    Organization::new("Contoso").token(Token::full_admin("admin"))
}

/// One with the workspaces `1` to this number.
pub(crate) fn rooms(count: usize) -> Organization {
    let rooms = (1..=count).map(|number| Workspace::new(&number.to_string()));
    rooms.fold(contoso(), Organization::workspace)
}

/// One with the workspace `Aurora`, in which this device is.
pub(crate) fn aurora(device: Device) -> Organization {
    contoso().workspace(Workspace::new("Aurora").device(device))
}
