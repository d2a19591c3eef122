//! The public API on real layouts, whole, damaged and hostile.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails like the test")]

mod copying;
mod inspecting;
mod layouts;
mod support;
mod tagging;
