//! The Admin Portal as an administrator meets it: in a browser, against the simulated tenant.

mod browser;
mod collect;
mod command_line;
mod consent;
mod definitions;
mod every_page;
mod feeds;
mod forgeries;
mod insights;
mod served;
mod setting_up;
mod single_sign_on;
mod sinks;
mod situation;
mod spaces;
mod timeline;
mod walk;
mod webex;
