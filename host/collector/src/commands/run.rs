//! `collector run`: the service.

use std::path::Path;

use super::{Exit, say_config, say_lines};
use crate::service::{Service, StartError};

pub(super) async fn run(config: &Path) -> anyhow::Result<Exit> {
    match tokio::task::block_in_place(|| Service::prepare(config)) {
        Ok(service) => {
            service.run().await?;
            Ok(Exit::Everything)
        }
        Err(error) => {
            match &error {
                StartError::Config(error) => say_config(error),
                error => say_lines(error.to_string().lines()),
            }
            Ok(match error {
                StartError::Config(_) => Exit::Usage,
                StartError::Lock(_)
                | StartError::Store(_)
                | StartError::Check(_)
                | StartError::Damaged { .. } => Exit::SourceFailed,
            })
        }
    }
}
