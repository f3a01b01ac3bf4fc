//! A connector that misbehaves on purpose. Its settings name its rooms. What it does to collect a room is the part of the
//! room's address before the `@`: `good`, `loop`, `memory`, `stack`, `flood`, `huge`, `long`, `handles`, `copy`, `panic`,
//! `trap`, `stderr`, `log`, `outside`, `stranger`, `twice`, `nothing`, `denied`, `missing`, `failed`, `throttled`, `reveal`, `series`,
//! `cursor`, `reason`. One room is one slice, so that its misdeed affects no other room.
//! Tests make other versions of the connector by overwriting its orders in the compiled file.
#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
mod orders;
