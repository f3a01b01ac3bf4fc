//! The world of `wit/`, as Rust types and traits. Generated; private to the sandbox.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    world: "room-connector",
    path: "../wit",
    imports: {
        // A limit that is exceeded ends the call.
        "vyopta:collector/meetings": trappable,
        "vyopta:collector/http": async | store | trappable,
        "vyopta:collector/secrets.secret-get": async | store | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "vyopta:collector/secrets.secret": super::functions::SecretHandle,
    },
});

pub use self::exports::vyopta::collector::connector;
pub use self::vyopta::collector::{http, log, meetings, secrets, types};
