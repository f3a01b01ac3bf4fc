//! What the simulators of vendors' services share: a server on a loopback port, faults by script or by chance, a clock
//! that tests advance, and a record of all requests.
//!
//! A simulator has a service that implements no HTTP: it makes an [`Answer`] from a [`Request`]. Its routes pass requests
//! through [`whole()`], which picks the fault of each, spoils the answer, and records both. A test holds [`Running`].

mod answer;
mod body;
mod clock;
mod fault;
mod ids;
mod record;
mod request;
mod rule;
mod running;
mod server;
mod socket;
mod tls;
mod whole;

pub use answer::Answer;
pub use clock::Clock;
pub use fault::{Fault, RetryAfter, Wire, by_chance};
pub use ids::{fresh, guid};
pub use record::{InFlight, Record, Recorded};
pub use request::{Request, bearer, path, query};
pub use rule::{Faults, Rule, when};
pub use running::{Core, Running};
pub use server::{Options, Server};
pub use whole::whole;
