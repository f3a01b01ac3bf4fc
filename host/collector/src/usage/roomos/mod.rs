//! What RoomOS devices post (HttpFeedback): a document in XML or JSON with the branches of their status that changed, or an event. Values
//! are texts, and there is no time: the clock of the receiver is the time.
//!
//! | file | what it does |
//! | --- | --- |
//! | `document` | reads the document into its leaves |
//! | `facts` | finds the leaves that say something about a room |
//! | `store` | makes records of them, and ends what is not known any more |

mod document;
mod facts;
mod store;

pub(crate) use self::facts::Post;
pub(crate) use self::store::{Place, put};
