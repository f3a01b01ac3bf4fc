//! Limits on the growth of all memories of an instance together, and of all its tables: a component may hold many of both, each small
//! enough for a limit of its own.

use wasmtime::{ResourceLimiter, Result, bail};

use super::limits::{CORE_INSTANCES, Limits, TABLE_ELEMENTS};

/// What may still grow. An instance that wants more is stopped: merely told that there is no more, a guest would end in an anonymous
/// `unreachable`.
pub(super) struct Growth {
    memory: usize,
    memory_left: usize,
    elements_left: usize,
}

/// The error that an instance needs more memory than it may have, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it needs more memory than its limit of {0} bytes")]
pub struct NoMemory(pub usize);

impl Growth {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            memory: limits.memory,
            memory_left: limits.memory,
            elements_left: TABLE_ELEMENTS,
        }
    }

    /// The bytes of all memories. They never shrink.
    pub(super) fn held(&self) -> usize {
        self.memory - self.memory_left
    }
}

impl ResourceLimiter for Growth {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        match self.memory_left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => self.memory_left = left,
            None => return Err(NoMemory(self.memory).into()),
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        Err(error.context("there is no more memory"))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        match self.elements_left.checked_sub(desired.saturating_sub(current)) {
            Some(left) => self.elements_left = left,
            None => bail!("its tables need more than the limit of {TABLE_ELEMENTS} elements"),
        }
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> Result<()> {
        Err(error.context("a table cannot grow"))
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES
    }

    fn tables(&self) -> usize {
        CORE_INSTANCES
    }

    fn memories(&self) -> usize {
        CORE_INSTANCES
    }
}
