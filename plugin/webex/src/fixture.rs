//! Fixtures for tests: a workspace, its device, passes one after the other.
