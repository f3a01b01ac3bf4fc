//! The compiling process: it limits itself, reads a component from standard input, and writes machine code to standard output. It knows no
//! configuration and no secret.
//!
//! The component comes as its length (eight bytes, little-endian) and its bytes. The parent keeps standard input open while it lives: when
//! it closes, this process ends, whatever it is doing.

use std::io::{self, Read as _, Write as _};

use anyhow::Context as _;
use wasmtime::Engine;

use super::CompileLimits;
use super::look_through::LARGEST_FILE;

/// The result for a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiled {
    /// Its machine code was written.
    Whole,
    /// It is not a valid component; standard error says why.
    Invalid,
}

/// Compiles the component on standard input, within limits.
///
/// # Errors
/// The limits cannot be set, or standard input or output failed.
pub fn compile_standard_input(limits: &CompileLimits) -> anyhow::Result<Compiled> {
    confine(limits).context("cannot set the limits")?;
    let bytes = read_component().context("cannot read the component")?;
    std::thread::Builder::new()
        .name("parent-watch".into())
        .spawn(end_with_parent)?;
    let engine = Engine::new(&super::config()).map_err(anyhow::Error::from)?;
    match engine.precompile_component(&bytes) {
        Ok(artefact) => {
            let mut out = io::stdout().lock();
            out.write_all(&artefact)?;
            out.flush()?;
            Ok(Compiled::Whole)
        }
        Err(error) => {
            io::stderr().write_all(error.root_cause().to_string().as_bytes())?;
            Ok(Compiled::Invalid)
        }
    }
}

fn read_component() -> io::Result<Vec<u8>> {
    let mut input = io::stdin().lock();
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    input
        .by_ref()
        .take(length.min(LARGEST_FILE))
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).ok() != Some(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// Ends this process when standard input ends: then nothing waits for the answer any more.
fn end_with_parent() {
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    std::process::exit(1);
}

#[cfg(unix)]
fn confine(limits: &CompileLimits) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let set = |resource, wanted: u64, beyond: u64| {
        let maximum = getrlimit(resource).maximum;
        let at_most = |wanted: u64| Some(maximum.map_or(wanted, |maximum| maximum.min(wanted)));
        setrlimit(
            resource,
            Rlimit {
                current: at_most(wanted),
                maximum: at_most(wanted.saturating_add(beyond)),
            },
        )
    };
    // The core dump of a process that ran out of memory would be as large as its memory.
    set(Resource::Core, 0, 0)?;
    // The signal that tells the cause comes first, the kill a little later.
    set(Resource::Cpu, limits.processor.as_secs(), 5)?;
    // Other systems count memory in other ways or not at all; there only the time is limited.
    #[cfg(target_os = "linux")]
    {
        set(Resource::Data, limits.memory, 0)?;
        // For kernels that do not count data (gVisor): with room for the program itself and for mere reservations.
        set(Resource::As, limits.memory.saturating_mul(4), 0)?;
        // If the machine runs short of memory, this process should go before the service does. Where this cannot be set, only that order is
        // lost.
        let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    }
    Ok(())
}

#[cfg(not(unix))]
fn confine(_: &CompileLimits) -> io::Result<()> {
    Ok::<(), io::Error>(())
}
