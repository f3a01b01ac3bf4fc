//! Describes the worlds that connectors implement, in the form that the toolchain reads from a linked file. `wit-bindgen` does that for one
//! world in a crate; a library for connectors of several worlds has to leave the choice to the connector.

use std::path::PathBuf;

use wit_component::{StringEncoding, metadata};
use wit_parser::Resolve;

const WIT: &str = "../../wit";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={WIT}");
    let folder = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo gives no OUT_DIR")?);
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(WIT)?;
    for name in ["room-connector", "administered-connector", "endpoint-connector"] {
        let world = resolve.select_world(&[package], Some(name))?;
        let described = metadata::encode(&resolve, world, StringEncoding::UTF8, None)?;
        std::fs::write(folder.join(name), described)?;
    }
    Ok(())
}
