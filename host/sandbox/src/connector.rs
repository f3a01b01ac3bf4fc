//! A loaded connector: compiled, linked, and asked what it is.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use collector_tasks::blocking::blocking;
use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::bindings::{AdministeredConnectorPre, EndpointConnectorPre, RoomConnectorPre};
use super::bounds::{SCHEMA, WORDS};
use super::compile::{Compilations, CompileError, LARGEST_FILE, Standing};
use super::guest::Guest;
use super::types::{self, Manifest};
use super::{CallError, Excess, Sandbox, world};
use crate::settings::{Schema, SchemaError};

/// Why a file is not used as a connector. The text names the file, what it is, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("connector {}: {cause}", .path.display())]
pub struct LoadError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub cause: Unusable,
}

/// What is wrong with a file that is not used as a connector.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The file does not exist or cannot be read.
    #[error("{cause}; {remedy}")]
    Unreadable {
        /// The operating system's words.
        cause: std::io::Error,
        /// What to do.
        remedy: &'static str,
    },
    /// The file is not a connector of a supported version: what it is, and what was expected.
    #[error("it is {0}")]
    NotAConnector(String),
    /// It could not be compiled.
    #[error(transparent)]
    Uncompiled(CompileError),
    /// It is a connector, but does not describe itself.
    #[error("its function `describe` failed: {0}")]
    Undescribed(CallError),
    /// Its description exceeds a limit.
    #[error(transparent)]
    Excess(#[from] Excess),
    /// Its settings schema cannot be used.
    #[error("its settings schema cannot be used: {0}")]
    Schema(#[from] SchemaError),
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
    /// The same, with the export for administration, if it has that.
    administered: Option<AdministeredConnectorPre<Guest>>,
    /// The same, with the export for spaces, if it has that.
    endpoint: Option<EndpointConnectorPre<Guest>>,
    digest: String,
    imports: Vec<String>,
}

impl Sandbox {
    /// Loads a connector from a file and asks it what it is. Checks its type before any of it runs.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load(&self, path: &Path, compilations: &Compilations) -> Result<Connector, LoadError> {
        let file = path.to_owned();
        let bytes = blocking(move || read(&file)).await.map_err(|cause| LoadError {
            path: path.to_owned(),
            cause: Unusable::Unreadable {
                remedy: remedy(&cause),
                cause,
            },
        })?;
        self.load_bytes(path, &bytes.into(), compilations, Standing::New)
            .await
    }

    /// Loads a connector from bytes that were already read. The path only serves error messages.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub async fn load_bytes(
        &self,
        path: &Path,
        bytes: &Arc<[u8]>,
        compilations: &Compilations,
        standing: Standing,
    ) -> Result<Connector, LoadError> {
        self.ready(bytes, compilations, standing)
            .await
            .map_err(|cause| LoadError {
                path: path.to_owned(),
                cause,
            })
    }

    async fn ready(
        &self,
        bytes: &Arc<[u8]>,
        compilations: &Compilations,
        standing: Standing,
    ) -> Result<Connector, Unusable> {
        if let Some(what) = world::no_component(bytes) {
            let what = format!("{what}; a connector is a WebAssembly component");
            return Err(Unusable::NotAConnector(what));
        }
        let file = Arc::clone(bytes);
        let digest = blocking(move || digest(&file)).await;
        let component = self
            .compiler
            .compile(&self.engine, bytes, &digest, compilations, standing)
            .await
            .map_err(|error| match error {
                invalid @ CompileError::Invalid(_) => Unusable::NotAConnector(WORDS.cut(invalid.to_string())),
                error => Unusable::Uncompiled(error),
            })?;
        let compiled = tokio::task::block_in_place(|| self.link(&component, digest))
            // The text contains names of imports and exports.
            .map_err(|what| Unusable::NotAConnector(WORDS.cut(what)))?;
        let mut described = super::call::describe(&self.engine, &compiled.pre)
            .await
            .map_err(undescribed)?;
        let schema = SCHEMA.take(std::mem::take(&mut described.settings_schema))?;
        let schema = Schema::parse_apart(schema).await?;
        let manifest = types::manifest(described, schema)?;
        Ok(Connector {
            inner: Arc::new(Inner { compiled, manifest }),
        })
    }

    fn link(&self, component: &Component, digest: String) -> Result<Compiled, String> {
        if let Some(what) = world::misfit(component, &self.engine) {
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
        let instance_pre = self.linker.instantiate_pre(component).map_err(unlinked)?;
        let administered = if world::administered(component, &self.engine) {
            Some(AdministeredConnectorPre::new(instance_pre.clone()).map_err(unlinked)?)
        } else {
            None
        };
        let endpoint = if world::endpoint(component, &self.engine) {
            Some(EndpointConnectorPre::new(instance_pre.clone()).map_err(unlinked)?)
        } else {
            None
        };
        let pre = RoomConnectorPre::new(instance_pre).map_err(unlinked)?;
        Ok(Compiled {
            pre,
            administered,
            endpoint,
            digest,
            imports,
        })
    }
}

impl Connector {
    /// What the connector is and asks for.
    pub fn manifest(&self) -> &Manifest {
        &self.inner.manifest
    }

    /// The SHA-256 of its file, in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.inner.compiled.digest
    }

    /// The interfaces that it imports: the list of its capabilities.
    pub fn imports(&self) -> &[String] {
        &self.inner.compiled.imports
    }

    pub(super) fn pre(&self) -> &RoomConnectorPre<Guest> {
        &self.inner.compiled.pre
    }

    pub(super) fn administered(&self) -> Option<&AdministeredConnectorPre<Guest>> {
        self.inner.compiled.administered.as_ref()
    }

    pub(super) fn endpoint(&self) -> Option<&EndpointConnectorPre<Guest>> {
        self.inner.compiled.endpoint.as_ref()
    }
}

/// The SHA-256 of a connector's file, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Reads a file, up to one byte more than a connector may have.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST_FILE.saturating_add(1))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn undescribed(cause: CallError) -> Unusable {
    match cause {
        CallError::Excess(excess) => Unusable::Excess(excess),
        cause => Unusable::Undescribed(cause),
    }
}

fn remedy(cause: &std::io::Error) -> &'static str {
    if cause.kind() == std::io::ErrorKind::NotFound {
        "put the connector's .wasm file there, or correct the path; for a source, `connector` names the file and `plugins` in [collector] its directory"
    } else {
        "check the permissions of the file and its directory"
    }
}
