//! The collector's files. Everything that writes into the data directory uses this crate.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`data_directory`] | the data directory and its files: for their owner alone, and no link to them is followed |
//! | [`whole_file`] | writes a file wholly or not at all, whatever happens meanwhile |
//! | [`byte_order`] | removes the byte order mark that editors and shells write |

pub mod byte_order;
pub mod data_directory;
pub mod whole_file;
