//! Input from the terminal or standard input: secrets, and confirmations.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use collector_admin::administration::AdminError;
use collector_files::byte_order;
use secrecy::SecretString;
use zeroize::{Zeroize as _, Zeroizing};

/// The largest secret, in bytes. A certificate chain with its key has a few kilobytes.
const LARGEST: u64 = 1 << 20;

/// Reads a secret: all of standard input without its last line end, or, on a terminal, one line that is not shown.
pub(super) fn secret(what: &str) -> Result<SecretString, AdminError> {
    let text = if std::io::stdin().is_terminal() {
        typed(what)?
    } else {
        piped(what)?
    };
    checked(what, &text)
}

/// Reads several secrets in this order: from standard input, one line each, or, on a terminal, one after the other. One alone may have
/// several lines.
pub(super) fn secrets(whats: &[String]) -> Result<Vec<SecretString>, AdminError> {
    if whats.len() < 2 || std::io::stdin().is_terminal() {
        return whats.iter().map(|what| secret(what)).collect();
    }
    let text = piped("standard input")?;
    let lines: Vec<&str> = text.trim_end_matches(['\r', '\n']).lines().collect();
    if lines.len() != whats.len() {
        return Err(AdminError::Refused(format!(
            "standard input must have {} lines, one for each secret, but it has {}",
            whats.len(),
            lines.len()
        )));
    }
    let pairs = whats.iter().zip(lines);
    pairs.map(|(what, line)| checked(what, line)).collect()
}

/// One line from the terminal, which does not show it.
fn typed(what: &str) -> Result<Zeroizing<String>, AdminError> {
    let failed = |error| unreadable(what, &error);
    let terminal = console::Term::stderr();
    terminal.write_str(&format!("{what}: ")).map_err(failed)?;
    Ok(Zeroizing::new(terminal.read_secure_line().map_err(failed)?))
}

/// All of standard input.
fn piped(what: &str) -> Result<Zeroizing<String>, AdminError> {
    // With the full capacity from the start: a buffer that grows would leave copies of the secret.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LARGEST).unwrap_or(0) + 1));
    std::io::stdin()
        .lock()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(what, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(AdminError::Refused(format!(
            "{what} is larger than 1 MiB; give the secret alone"
        )));
    }
    let bytes = byte_order::without_mark(bytes).map_err(|_| {
        AdminError::Refused(format!(
            "{what} starts with the mark of UTF-16 text but is not valid UTF-16; give the secret alone"
        ))
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            Err(AdminError::Refused(format!(
                "{what} is not UTF-8 text; give the secret alone"
            )))
        }
    }
}

/// A secret without its last line end; an error if nothing is left.
fn checked(what: &str, text: &str) -> Result<SecretString, AdminError> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err(AdminError::Refused(format!(
            "{what} is empty; pass it on standard input, or type it on a terminal"
        )));
    }
    Ok(SecretString::from(text.to_owned()))
}

fn unreadable(what: &str, error: &std::io::Error) -> AdminError {
    AdminError::Failed(format!("{what} could not be read: {error}"))
}

/// Asks for confirmation. An error without a terminal.
pub(super) fn confirmed(question: &str) -> Result<bool, AdminError> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(AdminError::Refused(
            "not a terminal, so cannot ask for confirmation; pass --yes".into(),
        ));
    }
    let failed = |error: std::io::Error| AdminError::Failed(format!("the answer could not be read: {error}"));
    let mut terminal = std::io::stderr();
    write!(terminal, "{question} [y/N] ").map_err(failed)?;
    terminal.flush().map_err(failed)?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
