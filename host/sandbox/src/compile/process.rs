//! The compiling process, seen from outside: starting, feeding, waiting, killing, and judging how it ended.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use collector_model::text::plain;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::artefact::Artefact;
use super::{CompileError, CompileLimits, Lasting};

/// The most machine code, in bytes. Ruby's interpreter becomes 70 MB.
pub(super) const LARGEST_ARTEFACT: u64 = 512 << 20;
/// Bytes of its standard error that are kept: the words of an error.
const WORDS: u64 = 8 << 10;
/// The exit status that means "not a valid component": `Exit::Part`, as `commands` has it.
const INVALID: i32 = 3;
/// Threads that compile side by side: each needs memory of its own.
const THREADS: usize = 8;

/// This program, whatever happened to its file since the start.
pub(super) fn this_program() -> io::Result<PathBuf> {
    if cfg!(target_os = "linux") {
        Ok("/proc/self/exe".into())
    } else {
        std::env::current_exe()
    }
}

/// Compiles a component in a process of its own.
///
/// # Errors
/// See [`CompileError`].
pub(super) async fn compile(
    program: &Path,
    bytes: &[u8],
    limits: &CompileLimits,
) -> Result<Artefact, CompileError> {
    compile_by(command(program, limits), bytes, limits).await
}

async fn compile_by(
    mut command: Command,
    bytes: &[u8],
    limits: &CompileLimits,
) -> Result<Artefact, CompileError> {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(THREADS);
    command
        // The environment may hold secrets.
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Windows finds its own libraries by this variable.
    #[cfg(windows)]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    // Signals typed at a terminal are meant for the parent.
    #[cfg(unix)]
    command.process_group(0);
    let machine = |error: io::Error| CompileError::Machine(format!("cannot start a process ({error})"));
    let mut child = command.spawn().map_err(machine)?;
    let talked = timeout(limits.patience, talk(&mut child, bytes)).await;
    let Ok(talked) = talked else {
        // Dropping it would kill it anyway.
        let _ = child.kill().await;
        return Err(CompileError::Slow(limits.patience));
    };
    let (status, artefact, said) = talked.map_err(|error| CompileError::Machine(error.to_string()))?;
    judge(status, &said, limits)?;
    if artefact.len() as u64 > LARGEST_ARTEFACT {
        return Err(
            Lasting::Broke(format!("its machine code has more than {LARGEST_ARTEFACT} bytes")).into(),
        );
    }
    Ok(Artefact::from_own_process(artefact))
}

fn command(program: &Path, limits: &CompileLimits) -> Command {
    let mut command = Command::new(program);
    command
        .arg("compile")
        .arg(format!("--memory={}", limits.memory))
        .arg(format!("--seconds={}", limits.processor.as_secs()));
    // Its own name, even if the path is a link.
    #[cfg(unix)]
    command.arg0("collector");
    command
}

/// Sends the component. Returns how the process ended, what it wrote, and its standard error.
async fn talk(child: &mut Child, bytes: &[u8]) -> io::Result<(ExitStatus, Vec<u8>, String)> {
    let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
    let mut input = child.stdin.take().ok_or_else(gone)?;
    let output = child.stdout.take().ok_or_else(gone)?;
    let words = child.stderr.take().ok_or_else(gone)?;
    let give = async {
        let length = bytes.len() as u64;
        input.write_all(&length.to_le_bytes()).await?;
        input.write_all(bytes).await?;
        input.flush().await
    };
    let (given, output, words) = tokio::join!(
        give,
        read(output, LARGEST_ARTEFACT.saturating_add(1)),
        read(words, WORDS)
    );
    let status = child.wait().await?;
    // The process ended before it had read everything: how it ended tells more. Until then its input stays open, which tells it that this
    // process lives.
    if status.success() {
        given?;
    }
    Ok((status, output?, String::from_utf8_lossy(&words?).into_owned()))
}

/// Reads the first bytes; reads and drops the rest.
async fn read(mut from: impl AsyncRead + Unpin, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    (&mut from).take(most).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(bytes)
}

fn judge(status: ExitStatus, said: &str, limits: &CompileLimits) -> Result<(), CompileError> {
    if status.success() {
        return Ok(());
    }
    if status.code() == Some(INVALID) {
        return Err(CompileError::Invalid(said.to_owned()));
    }
    // The words of Rust's and C++'s allocators.
    if said.contains("memory allocation of") || said.contains("bad_alloc") {
        return Err(Lasting::Memory(limits.memory).into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;

        use rustix::process::Signal;
        let is = |signal: Signal| status.signal() == Some(signal.as_raw());
        if is(Signal::XCPU) {
            return Err(Lasting::Processor(limits.processor.as_secs()).into());
        }
        if is(Signal::KILL) {
            return Err(CompileError::Killed);
        }
        // The service is being stopped, with all its processes.
        if is(Signal::TERM) || is(Signal::INT) || is(Signal::HUP) {
            return Err(CompileError::Machine("its compilation was told to stop".into()));
        }
    }
    // It could not start: return its message, or its usage text.
    if matches!(status.code(), Some(1 | 2)) {
        return Err(CompileError::Machine(plain(said.trim()).into_owned()));
    }
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    Err(Lasting::Broke(format!("{status}: {}", plain(last.unwrap_or_default()))).into())
}

#[cfg(test)]
mod tests;
