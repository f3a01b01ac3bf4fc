//! The trouble that was logged last: the log tells when a trouble begins, changes and ends, but does not repeat it each time.

/// The trouble as last logged; none while all is well.
#[derive(Debug, Default)]
pub(super) struct Said(Option<String>);

impl Said {
    /// Whether to log this trouble: it just began, or differs from the one before.
    pub(super) fn is_new(&mut self, trouble: &str) -> bool {
        let is_new = self.0.as_deref() != Some(trouble);
        if is_new {
            self.0 = Some(trouble.to_owned());
        }
        is_new
    }

    /// Notes that all is well. Whether there was a trouble until now.
    pub(super) fn over(&mut self) -> bool {
        self.0.take().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_said_when_it_begins_changes_and_ends() {
        let mut said = Said::default();
        assert!(!said.over());
        assert!(said.is_new("down"));
        assert!(!said.is_new("down"));
        assert!(said.is_new("refused"));
        assert!(said.over());
        assert!(!said.over());
        assert!(said.is_new("refused"));
    }
}
