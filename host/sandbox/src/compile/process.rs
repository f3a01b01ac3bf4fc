//! The process that compiles, from the outside: started, fed, waited for, killed, and judged by how it ended.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use collector_model::text::plain;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::artefact::Artefact;
use super::{CompileError, CompileLimits, Lasting};

/// Bytes of machine code. Ruby's interpreter becomes 70 MB of it.
pub(super) const LARGEST_ARTEFACT: u64 = 512 << 20;
/// Bytes of what it says that are kept: the words of an error.
const WORDS: u64 = 8 << 10;
/// The exit status that says that it is no valid component: `Exit::Part`, as `commands` has it.
const INVALID: i32 = 3;
/// Threads that compile side by side: each needs memory of its own.
const THREADS: usize = 8;

/// This program, whatever became of its file since it was started.
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
        // Secrets may be in it.
        .env_clear()
        .env("RAYON_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // Windows finds its own libraries by it.
    #[cfg(windows)]
    if let Some(root) = std::env::var_os("SystemRoot") {
        command.env("SystemRoot", root);
    }
    // What is typed at a terminal is meant for whoever asked.
    #[cfg(unix)]
    command.process_group(0);
    let machine = |error: io::Error| CompileError::Machine(format!("no process could be started ({error})"));
    let mut child = command.spawn().map_err(machine)?;
    let talked = timeout(limits.patience, talk(&mut child, bytes)).await;
    let Ok(talked) = talked else {
        // It is killed in any case when it is dropped.
        let _ = child.kill().await;
        return Err(CompileError::Slow(limits.patience));
    };
    let (status, artefact, said) = talked.map_err(|error| CompileError::Machine(error.to_string()))?;
    judge(status, &said, limits)?;
    if artefact.len() as u64 > LARGEST_ARTEFACT {
        return Err(Lasting::Broke(format!(
            "it became more than {LARGEST_ARTEFACT} bytes of machine code"
        ))
        .into());
    }
    Ok(Artefact::from_own_process(artefact))
}

fn command(program: &Path, limits: &CompileLimits) -> Command {
    let mut command = Command::new(program);
    command
        .arg("compile")
        .arg(format!("--memory={}", limits.memory))
        .arg(format!("--seconds={}", limits.processor.as_secs()));
    // The program's name is not that of a link.
    #[cfg(unix)]
    command.arg0("collector");
    command
}

/// Hands the component over; how the process ended, what it wrote, and what it said.
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
    // It ended before it had read everything: how it ended says more. Until then its input stays open, by which it knows that we live.
    if status.success() {
        given?;
    }
    Ok((status, output?, String::from_utf8_lossy(&words?).into_owned()))
}

/// The first bytes that come; what comes after them is read and forgotten.
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
    // So say Rust's and C++'s allocators.
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
            return Err(CompileError::Machine("its compilation was told to end".into()));
        }
    }
    // It could not begin: what it said, or its usage.
    if matches!(status.code(), Some(1 | 2)) {
        return Err(CompileError::Machine(plain(said.trim()).into_owned()));
    }
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    Err(Lasting::Broke(format!("{status}: {}", plain(last.unwrap_or_default()))).into())
}

#[cfg(test)]
mod tests;
