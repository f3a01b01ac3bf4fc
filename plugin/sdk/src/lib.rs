//! The library for connectors in Rust.
//!
//! A connector is a type that implements [`Connector`], and one call of [`export!`]. Its logic is plain Rust that reaches the
//! outside through a [`Host`] only, so it runs natively in tests just as it does in the sandbox. The types mirror the
//! package `vyopta:collector` (`wit/`), which documents each item and its limits; the documentation here covers only what Rust
//! adds. Instants are whole seconds since 1970-01-01T00:00:00Z, addresses are lower-cased.
//!
//! | module | for |
//! | --- | --- |
//! | (root) | the traits, and the types that connector and host exchange |
//! | [`address`] | addresses in settings |
//! | [`retry`] | `Retry-After` |
//! | [`windows_zone`] | the names that Windows gives to time zones |
//! | `script` (feature `script`) | a host for tests that answers from a script |

pub mod address;
mod answer;
mod connector;
mod endpoint;
mod host;
mod meeting;
mod reason;
pub mod retry;
#[cfg(feature = "script")]
pub mod script;
mod usage;
pub mod windows_zone;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod bindings;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod component;

pub use connector::*;
pub use endpoint::*;
pub use host::*;
pub use meeting::*;
pub use reason::*;
pub use usage::*;

/// Binds a connector to its world. Built for WebAssembly, the calling library becomes a component; elsewhere the call does nothing.
///
/// ```ignore
/// connector_sdk::export!(Bookings as room-connector);
/// // One that also implements `Administration`:
/// connector_sdk::export!(O365 as administered-connector);
/// // One that also implements `Endpoint`:
/// connector_sdk::export!(Webex as endpoint-connector);
/// ```
#[macro_export]
macro_rules! export {
    ($connector:ty as room-connector) => {
        $crate::export!(@ $connector, ROOM:
            connector __export_vyopta_collector_connector_1_1_0_cabi);
    };
    ($connector:ty as administered-connector) => {
        $crate::export!(@ $connector, ADMINISTERED:
            connector __export_vyopta_collector_connector_1_1_0_cabi,
            administration __export_vyopta_collector_administration_1_1_0_cabi);
    };
    ($connector:ty as endpoint-connector) => {
        $crate::export!(@ $connector, ENDPOINT:
            connector __export_vyopta_collector_connector_1_1_0_cabi,
            spaces __export_vyopta_collector_spaces_1_1_0_cabi);
    };
    (@ $connector:ty, $world:ident: $($interface:ident $cabi:ident),+) => {
        #[cfg(target_family = "wasm")]
        #[allow(unsafe_code, missing_docs)]
        const _: () = {
            type Exported = $crate::component::Exported<$connector>;
            $($crate::bindings::exports::vyopta::collector::$interface::$cabi!(
                Exported with_types_in $crate::bindings::exports::vyopta::collector::$interface
            );)+

            // From this the toolchain learns what the component exports.
            #[unsafe(link_section = "component-type:connector-sdk")]
            static WORLD: [u8; $crate::bindings::worlds::$world.len()] = *$crate::bindings::worlds::$world;
        };
    };
}
