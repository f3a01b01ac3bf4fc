//! The Office 365 connector.
#[cfg(target_family = "wasm")]
mod component;
