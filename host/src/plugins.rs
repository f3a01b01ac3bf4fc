//! SHIM
#![allow(missing_docs)]
use crate::sandbox::{Connector, Sandbox};
use crate::store::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
#[derive(Clone)]
pub struct Version {
    pub connector: Connector,
}
pub struct Use {
    pub source: String,
    pub connector: String,
    pub settings: serde_json::Value,
}
#[derive(PartialEq)]
pub enum End {
    Worked,
    FailedWhole(String),
    Stopped(String),
}
#[derive(Clone)]
pub struct Plugins(Arc<BTreeMap<String, Result<Connector, String>>>);
impl Plugins {
    pub async fn start(
        sandbox: Arc<Sandbox>,
        directory: PathBuf,
        _data: PathBuf,
        _store: Arc<Mutex<Store>>,
        uses: Vec<Use>,
    ) -> anyhow::Result<Self> {
        let mut m = BTreeMap::new();
        for u in uses {
            let c = sandbox
                .load(&directory.join(format!("{}.wasm", u.connector)))
                .await
                .map_err(|e| e.to_string());
            m.insert(u.connector, c);
        }
        Ok(Self(Arc::new(m)))
    }
    pub fn current(&self, c: &str) -> Result<Version, String> {
        self.0
            .get(c)
            .cloned()
            .unwrap_or_else(|| Err("none".into()))
            .map(|connector| Version { connector })
    }
    pub fn set_uses(&self, _: Vec<Use>) {}
    pub fn rescan(&self) {}
    pub async fn ended(&self, _: &str, _: &Version, _: End) {}
}
