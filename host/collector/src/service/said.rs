//! What the log said of a trouble last: it tells when one begins, when it is another one, and when it is over, and not each time that it
//! is there.

/// A trouble as it was said last; none while all is well.
#[derive(Debug, Default)]
pub(super) struct Said(Option<String>);

impl Said {
    /// Whether this trouble is to be said: it just began, or it was another one before.
    pub(super) fn is_new(&mut self, trouble: &str) -> bool {
        let is_new = self.0.as_deref() != Some(trouble);
        if is_new {
            self.0 = Some(trouble.to_owned());
        }
        is_new
    }

    /// Whether there was a trouble until now. There is none any more.
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
