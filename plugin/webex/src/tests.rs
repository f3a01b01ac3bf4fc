//! The whole connector, from Webex's answers to the records.
