//! A connector that misbehaves on purpose. Its settings name its rooms; what it does when it is asked to collect one is the part
//! of the room's address before the `@`: `good`, `loop`, `memory`, `stack`, `flood`, `huge`, `long`, `handles`, `copy`, `panic`,
//! `trap`, `stderr`, `log`, `outside`, `stranger`, `twice`, `nothing`, `denied`, `missing`, `failed`, `throttled`, `reveal`, `series`,
//! `cursor`, `reason`. One room is one slice, so that what happens to it happens to no other.
//! Tests make other versions of it by overwriting its orders in the compiled file.
#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
mod orders;
