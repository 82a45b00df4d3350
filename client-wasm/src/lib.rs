//! POP3 for JavaScript: the bindings of `pop3-proto` and `pop3-mail`.
//!
//! This is the only crate that knows `wasm-bindgen`. What crosses the boundary is converted, and
//! nothing is decided here: the protocol is in `pop3-proto`, messages are taken apart in
//! `pop3-mail`, and the checks of arguments are in `js/`.

mod client;
mod convert;
mod driver;
mod error;
mod identity;
mod lifeline;
mod settings;
mod sink;
mod transport;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

pub use client::RawClient;
pub use identity::RawComparison;
pub use lifeline::Lifeline;
pub use settings::Settings;
pub use sink::Sink;

/// Takes a message apart, as `Message` of `js/index.d.ts`.
///
/// # Errors
/// When the parser found a number that JavaScript has not.
#[wasm_bindgen(js_name = parseMessage)]
pub fn parse_message(octets: &[u8]) -> Result<JsValue, JsValue> {
    convert::fallible(&pop3_mail::parse(octets))
}

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
