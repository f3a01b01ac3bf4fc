//! Binds the connector to the world.
#![allow(unsafe_code, missing_docs)]
wit_bindgen::generate!({ world: "room-connector", path: "../../wit", generate_all });
use exports::vyopta::collector::connector::*;
struct Component;
impl Guest for Component {
    fn describe() -> Manifest {
        todo!()
    }
    fn authorization(_settings: String) -> Result<Option<Oauth>, Vec<SettingsProblem>> {
        Ok(None)
    }
    async fn validate(_settings: String) -> Vec<Check> {
        let s = vyopta::collector::secrets::secret_get("graph".into()).await.unwrap();
        let req = vyopta::collector::http::Request { method: vyopta::collector::http::Method::Get, url: String::new(), headers: vec![], body: None, repeatable: true };
        let _ = vyopta::collector::http::http_fetch(req, Some(&s)).await;
        vec![]
    }
    async fn list_rooms(_settings: String) -> Result<Expansion, CollectError> {
        todo!()
    }
    async fn collect(
        _settings: String,
        _rooms: Vec<RoomRequest>,
        _window: Window,
    ) -> Result<Vec<RoomOutcome>, CollectError> {
        todo!()
    }
}
export!(Component);
