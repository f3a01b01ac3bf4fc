//! Files as the collector keeps them. Whoever writes into the data directory does it through this crate.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`data_directory`] | the data directory and its files are their owner's alone, and no link is followed to them |
//! | [`whole_file`] | a file is there whole or not at all, whatever happens while it is written |
//! | [`byte_order`] | takes the byte order mark from what editors and shells write |

pub mod byte_order;
pub mod data_directory;
pub mod whole_file;
