//! Tests of the whole connector, from a feed's text to what is emitted.
