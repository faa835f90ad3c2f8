//! The AceData Producer API.
