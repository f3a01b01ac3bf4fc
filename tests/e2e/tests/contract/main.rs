//! What tools and people may rely on: output, arguments, exit statuses, and that nothing secret gets out.

mod arguments;
mod commands;
mod jsonl;
mod secrecy;
mod table;

const PROGRAM: &str = env!("CARGO_BIN_EXE_collector");
