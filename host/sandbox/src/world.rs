//! Checks whether a file is a connector of a supported version, by its bytes and its type, before any of it runs.

use wasmtime::Engine;
use wasmtime::component::Component;

/// The package of the contract, as `wit/` names it.
const PACKAGE: &str = "vyopta:collector";
/// The version of the contract that this collector supports, along with all earlier ones of the same major version.
pub(super) const SPOKEN: &str = "1.1.0";
/// The interface of [`PACKAGE`] that every connector exports.
const CONNECTOR: &str = "connector";
/// The interface of [`PACKAGE`] that connectors export which help with the other side's administration.
const ADMINISTRATION: &str = "administration";
/// The interface of [`PACKAGE`] that connectors export which read what devices report.
const SPACES: &str = "spaces";
/// The interfaces of [`PACKAGE`] that a connector may import.
const OURS: [&str; 6] = ["types", "secrets", "http", "meetings", "usage", "log"];
/// The packages of WASI that are linked. Files, sockets and `wasi:http` are not: a connector's type is the list of its capabilities.
const WASI: [&str; 4] = ["wasi:io", "wasi:cli", "wasi:clocks", "wasi:random"];

/// Tells what a file is if its first bytes show that it is not a component.
pub fn no_component(bytes: &[u8]) -> Option<String> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => None,
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => Some(
            "a core WebAssembly module, not a component; build the connector for the target wasm32-wasip2"
                .into(),
        ),
        Some([0, b'a', b's', b'm', ..]) => {
            Some("WebAssembly in an encoding that this collector does not support".into())
        }
        _ if bytes.is_empty() => Some("an empty file, not a WebAssembly component".into()),
        _ => Some("not WebAssembly".into()),
    }
}

/// Tells what is wrong with a component's imports and exports, in the words of the contract.
pub(super) fn misfit(component: &Component, engine: &Engine) -> Option<String> {
    let ty = component.component_type();
    let exported: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    match exported.iter().find_map(|name| version_of(name, CONNECTOR)) {
        None => {
            return Some(format!(
                "a component of another world: a connector exports {PACKAGE}/connector@{SPOKEN}, this one exports {}",
                list(&exported)
            ));
        }
        Some(version) if !spoken(version) => return Some(other_version(version)),
        Some(_) => {}
    }
    let other = exported.iter().find_map(|name| match ours(name)? {
        (ADMINISTRATION | SPACES, version) if !spoken(version) => Some(version),
        _ => None,
    });
    if let Some(version) = other {
        return Some(other_version(version));
    }
    let mut refused = Vec::new();
    for (name, _) in ty.imports(engine) {
        match ours(name) {
            Some((_, version)) if !spoken(version) => return Some(other_version(version)),
            Some((interface, _)) if OURS.contains(&interface) => {}
            _ if WASI.iter().any(|package| in_package(name, package)) => {}
            _ => refused.push(name),
        }
    }
    if refused.is_empty() {
        return None;
    }
    Some(format!(
        "a component that imports {}, which no connector may; allowed are {PACKAGE}@{SPOKEN}, {}",
        list(&refused),
        WASI.join(", "),
    ))
}

/// Whether a component that passed [`misfit`] helps with the other side's administration.
pub(super) fn administered(component: &Component, engine: &Engine) -> bool {
    exports(component, engine, ADMINISTRATION)
}

/// Whether a component that passed [`misfit`] reads what devices report.
pub(super) fn endpoint(component: &Component, engine: &Engine) -> bool {
    exports(component, engine, SPACES)
}

fn exports(component: &Component, engine: &Engine, interface: &str) -> bool {
    let ty = component.component_type();
    ty.exports(engine)
        .any(|(name, _)| version_of(name, interface).is_some())
}

/// The version in a name of the contract's package, if the name is this interface's.
fn version_of<'a>(name: &'a str, interface: &str) -> Option<&'a str> {
    let (found, version) = ours(name)?;
    (found == interface).then_some(version)
}

/// The interface and version of a name of the contract's package.
fn ours(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(PACKAGE)?.strip_prefix('/')?.split_once('@')
}

fn in_package(name: &str, package: &str) -> bool {
    name.strip_prefix(package)
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Whether this collector supports `version`: of the same major version, not newer than [`SPOKEN`], and no pre-release. A patch changes
/// nothing that a component could notice.
fn spoken(version: &str) -> bool {
    !version.contains('-')
        && matches!((numbers(version), numbers(SPOKEN)), (Some((major, minor)), Some((ours, newest))) if major == ours && minor <= newest)
}

/// The major and the minor version.
fn numbers(version: &str) -> Option<(u64, u64)> {
    let mut parts = version.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

fn other_version(version: &str) -> String {
    let built = format!("a connector built for version {version} of {PACKAGE}");
    match (numbers(version), numbers(SPOKEN)) {
        (Some((major, minor)), Some((ours, newest))) if major == ours && minor > newest => {
            format!("{built}, which is newer than this collector's {SPOKEN}; update the collector")
        }
        (_, Some((ours, newest))) => {
            format!("{built}; this collector supports {ours}.0 to {ours}.{newest}")
        }
        (_, None) => built,
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing".into()
    } else {
        names.join(", ")
    }
}
