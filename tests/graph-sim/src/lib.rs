//! A simulator of Microsoft Graph and its login service, faithful enough that Microsoft's own clients work against it.
//!
//! A test describes a tenant, starts the simulator on a loopback port, lets the program under test collect the tenant,
//! and checks the requests:
//!
//! ```
//! use graph_sim::{Event, Fault, Mailbox, Pattern, RetryAfter, Refusal, Room, RoomList, Simulator, Tenant, when};
//!
//! # fn main() -> anyhow::Result<()> {
//! let simulator = Simulator::start(
//!     Tenant::new("contoso.com")
//!         .room(
//!             Room::new("conf-a@contoso.com", "Conf A")
//!                 .event(Event::new("Budget", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").private())
//!                 .event(
//!                     Event::new("Weekly sync", "2026-03-10T10:00", "2026-03-10T11:00")
//!                         .zone("W. Europe Standard Time")
//!                         .repeats(Pattern::Weekly(1, vec![]))
//!                         .times(10),
//!                 ),
//!         )
//!         .room(Room::new("conf-b@contoso.com", "Conf B").mailbox(Mailbox::Refused(Refusal::AccessPolicy)))
//!         .list(RoomList::new("hq@contoso.com", "Headquarters", ["conf-a@contoso.com", "conf-b@contoso.com"])),
//! )?;
//! simulator.inject(when("conf-a@contoso.com").inner().nth(1).then(Fault::Throttled(RetryAfter::Seconds(1))));
//!
//! println!("login at {}, Graph at {}", simulator.url(), simulator.graph_url());
//! // … run the program under test …
//! simulator.update(|tenant| Ok(tenant.room_mut("conf-b@contoso.com")?.set_mailbox(Mailbox::Normal)))?;
//! assert_eq!(simulator.token_requests(), 0);
//! # Ok(())
//! # }
//! ```
//!
//! A tenant that has not consented yet has a consent page, for a browser or for plain HTTP, and a clock that tests advance:
//!
//! ```
//! use std::time::Duration;
//!
//! use graph_sim::{Account, App, CLIENT_ID, Simulator, Tenant};
//!
//! # fn main() -> anyhow::Result<()> {
//! let simulator = Simulator::start(
//!     Tenant::new("contoso.com")
//!         .app(App::default().registered_only().redirect("http://localhost/authorized"))
//!         .account(Account::new("admin@contoso.com", "Ada").global_administrator())
//!         .account(Account::new("bob@contoso.com", "Bob"))
//!         .account(Account::new("eve@fabrikam.com", "Eve"))
//!         .replication(Duration::from_secs(2 * 3600)),
//! )?;
//! // … a browser goes to {url}/contoso.com/v2.0/adminconsent?client_id&scope&redirect_uri&state and presses
//! // button[name=account][value="admin@contoso.com"], then button[name=decision][value=accept] …
//! assert!(!simulator.is_consented(CLIENT_ID));
//! simulator.advance(Duration::from_secs(2 * 3600)); // from now on the permissions work
//! # Ok(())
//! # }
//! ```
//!
//! `calendarView/delta` reports what has changed between two updates, as Graph does: series masters and single events
//! come whole (and exceptions, which are items of their own), occurrences only with id, times and `seriesMasterId`. It
//! refuses `$select` and the like. A page is as large as `Prefer: odata.maxpagesize` says, and never splits a series. A
//! series that changed comes again as a whole, so a deleted slot is only missing. Reported as removed are items that were
//! deleted, those that left the window, and events outside it that were added or changed. The links stay valid, even
//! after use, until 32 further rounds of the same mailbox have begun:
//!
//! ```
//! use graph_sim::{ChangeTracking, Event, Fault, LostDelta, Room, Simulator, Tenant, when};
//!
//! # fn main() -> anyhow::Result<()> {
//! let talk = Event::new("SECRET-1", "2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z").private();
//! let simulator = Simulator::start(
//!     Tenant::new("contoso.com")
//!         .room(Room::new("conf-a@contoso.com", "Conf A").event(talk.marked("SECRET-2").key("talk")))
//!         .room(Room::new("conf-b@contoso.com", "Conf B").change_tracking(ChangeTracking::NotSupported)),
//! )?;
//! simulator.inject(when("calendarView/delta").then(Fault::EmptyFirstPage));
//! // … a first round …
//! simulator.update(|tenant| Ok(tenant.room_mut("conf-a@contoso.com")?.events_mut().clear()))?;
//! // … a second one says that the talk was removed …
//! simulator.forget_deltas(LostDelta::NotFound); // and a third one is answered with 410
//! println!("{} bytes came over the wire", simulator.bytes_sent());
//! # Ok(())
//! # }
//! ```
//!
//! Calls have records, for an app with `CallRecords.Read.All`. A record appears some minutes after the end of its call,
//! changes with later versions, and is gone after 30 days. It names the account of a room by its object id, which
//! `/users/{address}` and places give:
//!
//! ```
//! use graph_sim::{App, CallRecord, CallSession, ROLES, Room, Simulator, Tenant};
//!
//! # fn main() -> anyhow::Result<()> {
//! let session = CallSession::new("conf-a@contoso.com", "2026-03-10T10:02:00Z", "2026-03-10T10:58:00Z");
//! let call = CallRecord::new("2026-03-10T10:00:00Z", "2026-03-10T11:00:00Z");
//! let simulator = Simulator::start(
//!     Tenant::new("contoso.com")
//!         .app(App::default().roles(ROLES.into_iter().chain(["CallRecords.Read.All"])))
//!         .room(Room::new("conf-a@contoso.com", "Conf A"))
//!         .call(call.session(session.presents("2026-03-10T10:05:00Z", "2026-03-10T10:20:00Z")))
//!         .calls_as_of("2026-03-10T11:10:00Z".parse()?), // too early: its record appears at 11:15
//! )?;
//! simulator.update(|tenant| Ok(tenant.set_calls_as_of("2026-03-10T12:00:00Z".parse()?)))?;
//! # Ok(())
//! # }
//! ```
//!
//! The simulator refuses what it does not know, as Graph would or with 501. It never silently ignores a filter or option.

mod account;
mod answer;
mod app;
mod assertion;
mod batch;
mod calendar;
mod call;
mod call_party;
mod call_record;
mod call_record_limit;
mod call_record_log;
mod call_record_query;
mod call_record_route;
mod call_record_wire;
mod call_session;
mod company_tenant;
mod consent;
mod delta;
mod directory;
mod event;
mod fault;
mod generate;
mod graph;
mod identity;
mod ids;
mod login;
mod marked;
mod names;
mod page;
mod paging;
mod places;
mod primary;
mod recurrence;
mod redirect;
mod refusal;
mod request;
mod room;
mod routes;
mod series;
mod service;
mod simulator;
mod tenant;
mod token;
mod wire;
mod zone;

pub use account::Account;
pub use app::{App, CLIENT_ID, CLIENT_SECRET, KeyPair, ROLES};
pub use call_party::CallParty;
pub use call_record::{CallKind, CallRecord};
pub use call_session::CallSession;
pub use company_tenant::tenant_of;
pub use delta::LostDelta;
pub use event::{Event, Pattern};
pub use fault::{Fault, Rule};
pub use generate::{generate, generate_dense};
pub use identity::IDENTITY_HEADER;
pub use redirect::ConsentTamper;
pub use room::{ChangeTracking, Group, GroupKind, Mailbox, Missing, Refusal, Room, RoomList, User};
pub use sim::{Options, Recorded, RetryAfter, Running, when};
pub use simulator::Simulator;
pub use tenant::{Tenant, UnknownPlace};
pub use zone::{instant, zone};
