//! A small client for the tests of the simulator.

use graph_sim::{CLIENT_ID, CLIENT_SECRET, Event, Room, Simulator, Tenant};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

/// A client with a token.
pub(crate) struct Graph {
    pub(crate) http: Client,
    pub(crate) base: String,
    pub(crate) token: String,
}

/// The token endpoint's answer to these fields.
pub(crate) async fn login(sim: &Simulator, tenant: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{}/{tenant}/oauth2/v2.0/token", sim.url());
    let answer = Client::new().post(url).form(fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The fields of a token request with this secret.
pub(crate) fn with_secret(secret: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", secret),
        ("scope", "https://graph.microsoft.com/.default"),
    ]
}

impl Graph {
    /// Signs in to `contoso.com`.
    pub(crate) async fn sign_in(sim: &Simulator) -> Self {
        let (status, answer) = login(sim, "contoso.com", &with_secret(CLIENT_SECRET)).await;
        assert_eq!(status, 200, "{answer}");
        Self {
            http: Client::new(),
            base: sim.graph_url(),
            token: answer["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// A GET of a path below the version, or of a whole nextLink.
    pub(crate) fn get(&self, target: &str) -> RequestBuilder {
        let url = if target.starts_with("http") {
            target.to_owned()
        } else {
            format!("{}{target}", self.base)
        };
        self.http.get(url).bearer_auth(&self.token)
    }

    /// Status and JSON of a GET.
    pub(crate) async fn json(&self, target: &str) -> (u16, Value) {
        read(self.get(target).send().await.unwrap()).await
    }

    /// Status and JSON of a batch.
    pub(crate) async fn batch(&self, requests: Value) -> (u16, Value) {
        let request = self
            .http
            .post(format!("{}/$batch", self.base))
            .bearer_auth(&self.token);
        read(
            request
                .json(&json!({ "requests": requests }))
                .send()
                .await
                .unwrap(),
        )
        .await
    }
}

/// Status and JSON of an answer.
pub(crate) async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// The code of an error in Graph's envelope.
pub(crate) fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap()
}

/// One field of each item of a page.
pub(crate) fn each<'a>(page: &'a Value, field: &str) -> Vec<&'a str> {
    page["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[field].as_str().unwrap_or("-"))
        .collect()
}

/// One `dateTime` of each item of a page, without its fraction.
pub(crate) fn times<'a>(page: &'a Value, field: &str) -> Vec<&'a str> {
    let items = page["value"].as_array().unwrap().iter();
    items
        .map(|item| {
            item[field]["dateTime"]
                .as_str()
                .unwrap()
                .trim_end_matches(".0000000")
        })
        .collect()
}

/// `contoso.com` with the room `conf-a@contoso.com` that has these events.
pub(crate) fn one_room(events: impl IntoIterator<Item = Event>) -> Simulator {
    let room = Room::new("conf-a@contoso.com", "Conf A").events(events);
    Simulator::start(Tenant::new("contoso.com").room(room)).unwrap()
}
