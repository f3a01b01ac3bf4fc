//! The bindings that `wit-bindgen` generates from `wit/`, once for all connectors, and the two macros that export a connector with them.
//!
//! There is one set of Rust types, that of the larger world; [`smaller`] adds only the description of the world `room-connector`,
//! from which the toolchain learns what a component exports. Every connector exports what that world does.
#![allow(unsafe_code, missing_docs)]

/// The interface `meetings`, bound so that a meeting borrows its texts: there are many meetings, and each is handed over at once. (Bindings of
/// asynchronous functions take owned values only, so the whole world cannot be bound this way.)
mod borrowed {
    wit_bindgen::generate!({
        inline: "
            package connector:sdk;
            world emitter { import vyopta:collector/meetings@1.0.0; }
        ",
        path: "../../wit",
        world: "connector:sdk/emitter",
        generate_all,
        ownership: Borrowing { duplicate_if_necessary: false },
    });
}
pub use borrowed::vyopta::collector::meetings;

wit_bindgen::generate!({
    world: "administered-connector",
    path: "../../wit",
    generate_all,
    with: { "vyopta:collector/meetings@1.0.0": crate::bindings::meetings },
    pub_export_macro: true,
    default_bindings_module: "connector_sdk::bindings",
});

mod smaller {
    wit_bindgen::generate!({
        world: "room-connector",
        path: "../../wit",
        with: {
            "vyopta:collector/types@1.0.0": crate::bindings::vyopta::collector::types,
            "vyopta:collector/secrets@1.0.0": crate::bindings::vyopta::collector::secrets,
            "vyopta:collector/http@1.0.0": crate::bindings::vyopta::collector::http,
            "vyopta:collector/meetings@1.0.0": crate::bindings::meetings,
            "vyopta:collector/log@1.0.0": crate::bindings::vyopta::collector::log,
        },
    });
}

/// Keeps the description of the world `room-connector` in the linked file.
pub fn describe_world() {
    smaller::__link_custom_section_describing_imports();
}

/// Exports the interface `connector` alone.
#[macro_export]
#[doc(hidden)]
macro_rules! __export_room_connector {
    ($connector:ident) => {
        $crate::bindings::exports::vyopta::collector::connector::__export_vyopta_collector_connector_1_0_0_cabi!(
            $connector with_types_in $crate::bindings::exports::vyopta::collector::connector
        );
    };
}
pub use __export_room_connector as export_room_connector;

/// Exports `connector` and `administration`.
#[macro_export]
#[doc(hidden)]
macro_rules! __export_administered_connector {
    ($connector:ident) => {
        $crate::bindings::export!($connector with_types_in $crate::bindings);
    };
}
pub use __export_administered_connector as export_administered_connector;
