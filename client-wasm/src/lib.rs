//! POP3 for JavaScript: the bindings of `pop3-proto`.
//!
//! What crosses the boundary is converted, and nothing is decided here: the protocol is in
//! `pop3-proto`, and the checks of arguments are in `js/`. Messages are taken apart by another
//! module, `pop3-wasm-message`; no other crate knows `wasm-bindgen`.

#![cfg_attr(all(target_family = "wasm", not(feature = "tls")), no_std)]

extern crate alloc;

#[cfg(all(target_family = "wasm", not(feature = "tls")))]
mod bare;
mod client;
mod convert;
mod driver;
mod error;
mod identity;
mod lifeline;
#[cfg(feature = "tls")]
mod security;
mod settings;
mod sink;
mod transport;

use wasm_bindgen::prelude::wasm_bindgen;

pub use client::RawClient;
pub use identity::RawComparison;
pub use lifeline::Lifeline;
#[cfg(feature = "tls")]
pub use security::Security;
pub use settings::Settings;
pub use sink::Sink;

/// Has the module instantiated anew at the next call into it. All that may be called after a trap,
/// when the memory can be in any state.
#[wasm_bindgen(js_name = scheduleRestart)]
pub fn schedule_restart() {
    wasm_bindgen::handler::schedule_reinit();
}

/// Does nothing, and so is the call to follow [`schedule_restart`]: the arguments of any other
/// would still be copied into the old instance.
#[wasm_bindgen]
pub fn settle() {}
