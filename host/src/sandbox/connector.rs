//! A connector that was loaded: compiled, linked, and asked what it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::bindings::{AdministeredConnectorPre, RoomConnectorPre};
use super::bounds::WORDS;
use super::guest::Guest;
use super::types::Manifest;
use super::{CallError, Excess, Sandbox, world};

/// Why a file is not used as a connector. Each text names the file, says what it is and what was expected.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file, or it cannot be read.
    #[error("connector {}: {cause}; {remedy}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
        /// What to do.
        remedy: String,
    },
    /// It is something else than a connector of a version that is spoken.
    #[error("connector {}: it is {what}", .path.display())]
    NotAConnector {
        /// The file.
        path: PathBuf,
        /// What it is, and what was expected.
        what: String,
    },
    /// It is a connector, and does not say what it is.
    #[error("connector {}: `describe` did not answer: {cause}", .path.display())]
    Undescribed {
        /// The file.
        path: PathBuf,
        /// What happened.
        cause: CallError,
    },
    /// It says more of itself than is taken.
    #[error("connector {}: {excess}", .path.display())]
    Excess {
        /// The file.
        path: PathBuf,
        /// Of what.
        excess: Excess,
    },
}

/// A connector, ready to be instantiated. Cheap to clone.
#[derive(Clone)]
pub struct Connector {
    inner: Arc<Inner>,
}

struct Inner {
    compiled: Compiled,
    manifest: Manifest,
}

struct Compiled {
    pre: RoomConnectorPre<Guest>,
    /// The same with the export that only some connectors have.
    administered: Option<AdministeredConnectorPre<Guest>>,
    digest: String,
    imports: Vec<String>,
}

impl Sandbox {
    /// Loads a connector from a file and asks it what it is. Nothing of it runs before its type was checked.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, path: &Path) -> Result<Connector, LoadError> {
        let bytes = tokio::fs::read(path)
            .await
            .map_err(|cause| LoadError::Unreadable {
                path: path.to_owned(),
                remedy: remedy(path, &cause),
                cause,
            })?;
        self.load_bytes(path, &bytes).await
    }

    /// The same of bytes that were read already. The path is for the words of an error.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load_bytes(&self, path: &Path, bytes: &[u8]) -> Result<Connector, LoadError> {
        let not_a_connector = |what: String| LoadError::NotAConnector {
            path: path.to_owned(),
            // Names of imports and exports stand in it.
            what: WORDS.cut(what),
        };
        let compiled = tokio::task::block_in_place(|| self.compile(bytes)).map_err(not_a_connector)?;
        let manifest = super::call::describe(&self.engine, &compiled.pre)
            .await
            .map_err(|cause| undescribed(path.to_owned(), cause))?;
        Ok(Connector {
            inner: Arc::new(Inner { compiled, manifest }),
        })
    }

    fn compile(&self, bytes: &[u8]) -> Result<Compiled, String> {
        if let Some(what) = world::no_component(bytes) {
            return Err(format!("{what}; a connector is a WebAssembly component"));
        }
        let component = Component::from_binary(&self.engine, bytes)
            .map_err(|error| format!("not a whole and valid component ({})", error.root_cause()))?;
        if let Some(what) = world::misfit(&component, &self.engine) {
            return Err(what);
        }
        let unlinked = |error: wasmtime::Error| {
            format!(
                "a component whose functions differ from the contract's ({})",
                error.root_cause()
            )
        };
        let imports = component
            .component_type()
            .imports(&self.engine)
            .map(|(name, _)| name.to_owned())
            .collect();
        let instance_pre = self.linker.instantiate_pre(&component).map_err(unlinked)?;
        let administered = if world::administered(&component, &self.engine) {
            Some(AdministeredConnectorPre::new(instance_pre.clone()).map_err(unlinked)?)
        } else {
            None
        };
        let pre = RoomConnectorPre::new(instance_pre).map_err(unlinked)?;
        let digest = digest(bytes);
        Ok(Compiled {
            pre,
            administered,
            digest,
            imports,
        })
    }
}

impl Connector {
    /// What it is and asks for.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// The SHA-256 of its file, in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.inner.compiled.digest
    }

    /// The interfaces that it imports: the list of what it can do.
    pub fn imports(&self) -> &[String] {
        &self.inner.compiled.imports
    }

    pub(super) fn pre(&self) -> &RoomConnectorPre<Guest> {
        &self.inner.compiled.pre
    }

    pub(super) fn administered(&self) -> Option<&AdministeredConnectorPre<Guest>> {
        self.inner.compiled.administered.as_ref()
    }
}

/// The SHA-256 of a connector's file, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn undescribed(path: PathBuf, cause: CallError) -> LoadError {
    match cause {
        CallError::Excess(excess) => LoadError::Excess { path, excess },
        cause => LoadError::Undescribed { path, cause },
    }
}

fn remedy(path: &Path, cause: &std::io::Error) -> String {
    if cause.kind() == std::io::ErrorKind::NotFound {
        let directory = path.parent().unwrap_or(Path::new("."));
        format!(
            "put the connector's .wasm file into {}, or correct `connector` in the source or `plugins` in [collector]",
            directory.display()
        )
    } else {
        "check the permissions of the file and its directory".into()
    }
}
