//! The worlds of `wit/`, as Rust types and traits. Generated; private to the sandbox.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::restriction)]

wasmtime::component::bindgen!({
    world: "room-connector",
    path: "../../wit",
    imports: {
        // Exceeding a limit ends the call.
        "vyopta:collector/meetings": trappable,
        "vyopta:collector/http": async | store | trappable,
        "vyopta:collector/secrets.secret-get": async | store | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "vyopta:collector/secrets.secret": super::handle::SecretHandle,
    },
});

pub use self::exports::vyopta::collector::connector;
pub use self::vyopta::collector::{http, log, meetings, secrets, types};

/// The exports for administration, which only some connectors have. Its world includes the other one and reuses its imports.
mod administered {
    wasmtime::component::bindgen!({
        world: "administered-connector",
        path: "../../wit",
        exports: { default: async },
        with: {
            "vyopta:collector/types": super::vyopta::collector::types,
            "vyopta:collector/secrets": super::vyopta::collector::secrets,
            "vyopta:collector/http": super::vyopta::collector::http,
            "vyopta:collector/meetings": super::vyopta::collector::meetings,
            "vyopta:collector/log": super::vyopta::collector::log,
        },
    });
}

/// The exports for spaces, which only some connectors have, and the import that serves them.
mod endpoint {
    wasmtime::component::bindgen!({
        world: "endpoint-connector",
        path: "../../wit",
        imports: { "vyopta:collector/usage": trappable },
        exports: { default: async },
        with: {
            "vyopta:collector/types": super::vyopta::collector::types,
            "vyopta:collector/secrets": super::vyopta::collector::secrets,
            "vyopta:collector/http": super::vyopta::collector::http,
            "vyopta:collector/meetings": super::vyopta::collector::meetings,
            "vyopta:collector/log": super::vyopta::collector::log,
        },
    });
}

pub use self::administered::AdministeredConnectorPre;
pub use self::administered::exports::vyopta::collector::{
    administration, connector as administered_connector,
};
pub use self::endpoint::EndpointConnectorPre;
pub use self::endpoint::exports::vyopta::collector::{connector as endpoint_connector, spaces};
pub use self::endpoint::vyopta::collector::usage;
