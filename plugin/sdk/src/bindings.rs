//! The bindings that `wit-bindgen` generates from `wit/`, once for all connectors, for the macro that exports a connector.
//!
//! There is one set of Rust types, that of a world with every import and export. What a component exports the toolchain learns from the
//! description of its world, which that macro puts into the component itself.
#![allow(unsafe_code, missing_docs)]

/// The interfaces `meetings` and `usage`, bound so that what is emitted borrows its texts: there is much of it, and each is handed over at
/// once. (Bindings of asynchronous functions take owned values only, so a whole world cannot be bound this way.)
mod borrowed {
    wit_bindgen::generate!({
        inline: "
            package connector:sdk;
            world emitter {
                import vyopta:collector/meetings@1.1.0;
                import vyopta:collector/usage@1.1.0;
            }
        ",
        path: "../../wit",
        world: "connector:sdk/emitter",
        generate_all,
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}
pub use borrowed::vyopta::collector::{meetings, usage};

wit_bindgen::generate!({
    inline: "
        package connector:sdk;
        world everything {
            include vyopta:collector/administered-connector@1.1.0;
            include vyopta:collector/endpoint-connector@1.1.0;
        }
    ",
    path: "../../wit",
    world: "connector:sdk/everything",
    generate_all,
    with: {
        "vyopta:collector/meetings@1.1.0": crate::bindings::meetings,
        "vyopta:collector/usage@1.1.0": crate::bindings::usage,
    },
    // Without it, every connector would be described as one that exports everything.
    pub_export_macro: true,
});

/// The descriptions of the worlds that connectors implement, from which the toolchain learns what a component exports. See `build.rs`.
pub mod worlds {
    /// Describes `room-connector`.
    pub const ROOM: &[u8; include_bytes!(concat!(env!("OUT_DIR"), "/room-connector")).len()] =
        include_bytes!(concat!(env!("OUT_DIR"), "/room-connector"));
    /// Describes `administered-connector`.
    pub const ADMINISTERED: &[u8; include_bytes!(concat!(env!("OUT_DIR"), "/administered-connector")).len()] =
        include_bytes!(concat!(env!("OUT_DIR"), "/administered-connector"));
    /// Describes `endpoint-connector`.
    pub const ENDPOINT: &[u8; include_bytes!(concat!(env!("OUT_DIR"), "/endpoint-connector")).len()] =
        include_bytes!(concat!(env!("OUT_DIR"), "/endpoint-connector"));
}
