//! A simulator of the Webex API: workspaces, their devices, and what these measure.
//!
//! A test describes an organization, starts the simulator on a loopback port, lets the program under test collect it, and
//! checks the requests:
//!
//! ```
//! use webex_sim::{App, Calendar, Device, Fault, Location, Organization, RetryAfter, Simulator, Token, Workspace, when};
//!
//! # fn main() -> anyhow::Result<()> {
//! let (ten, eleven) = ("2026-03-10T10:00:00Z".parse()?, "2026-03-10T11:00:00Z".parse()?);
//! let berlin = Location::new("Berlin", "Europe/Berlin").floor(2, "Second floor");
//! let simulator = Simulator::start(
//!     Organization::new("Contoso")
//!         .workspace(
//!             Workspace::new("Aurora")
//!                 .calendar(Calendar::Microsoft("aurora@contoso.com".to_owned()))
//!                 .floor(&berlin, 2)
//!                 .device(Device::new("Aurora bar").used(ten, eleven).people(ten, 3).people(eleven, -1)),
//!         )
//!         .location(berlin)
//!         .token(Token::full_admin("secret"))
//!         .app(App::new("client", "secret", "refresh")),
//! )?;
//! simulator.inject(when("/workspaceMetrics").nth(1).then(Fault::Throttled(RetryAfter::Seconds(1))));
//!
//! println!("the API at {}", simulator.api_url());
//! // … run the program under test …
//! assert!(simulator.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The clock decides what has happened: what a device sees after now is not reported yet, and neither is, ever, what it saw
//! while it was not connected. Where Webex does not document what it does, comments say so.
//!
//! Unknown parameters are ignored, as by Webex. Documented ones that the simulator does not know are refused with 501.

mod answer;
mod app;
mod call;
mod company;
mod device;
mod duration;
mod fault;
mod generate;
mod grant;
mod ids;
mod list;
mod metrics;
mod organization;
mod place;
mod places;
mod routes;
mod service;
mod simulator;
mod span;
mod token;
mod window;
mod workspace;
mod xapi;

pub use app::{App, Rotation};
pub use company::organization_of;
pub use device::{Connection, Device};
pub use fault::{Fault, Rule};
pub use generate::generate;
pub use organization::Organization;
pub use place::Location;
pub use sim::{Options, Recorded, RetryAfter, Running, Wire, when};
pub use simulator::Simulator;
pub use token::{SCOPES, Token};
pub use workspace::{Calendar, Capability, Workspace};
