//! Rules of the client, each against a scripted server.
