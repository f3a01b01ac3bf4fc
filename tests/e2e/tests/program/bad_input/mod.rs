//! Every kind of bad input gets its exit status, its cause in words, and leaves the rest alone.

mod answers;
mod configuration;
mod connector_file;
mod hostile;
mod kept;
mod overlong;
mod reach;
mod sign_in;
