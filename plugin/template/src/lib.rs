//! A complete connector to begin from: bookings from an HTTP API with JSON, with a bearer. `../README.md` goes through it.
//!
//! It is a component and nothing else, so that there is nothing to see on other targets. Once there is logic worth testing,
//! put it into modules that know nothing of the world, as `o365` and `ics` do.
#[cfg(target_family = "wasm")]
mod component;
