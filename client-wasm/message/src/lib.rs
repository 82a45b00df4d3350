//! Messages for JavaScript: the bindings of `pop3-mail`, in a module of their own, so that a page
//! loads this code when it takes the first message apart.
//!
//! What crosses the boundary is converted, and nothing is decided here. Nothing of a message stays
//! in this module's memory between calls: `js/message.js` keeps the octets, and where in them what
//! is.

use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    type TextDecoder;

    #[wasm_bindgen(constructor, catch)]
    fn new(label: &str) -> Result<TextDecoder, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn decode(this: &TextDecoder, octets: &[u8]) -> Result<String, JsValue>;
}

/// What the header says, which the octets begin with: JSON of what `Message` of `js/message.d.ts` has,
/// but for what the functions below give.
#[wasm_bindgen]
pub fn envelope(octets: &[u8]) -> String {
    json(&pop3_mail::envelope(octets, by_host))
}

/// Takes a message apart: JSON of `report` and `attachments`; its plain text and its HTML, or
/// `undefined`.
#[wasm_bindgen]
pub fn body(octets: &[u8]) -> Array {
    let body = pop3_mail::body(octets, by_host);
    let string = |text: Option<&String>| text.map_or(JsValue::UNDEFINED, |text| text.into());
    Array::of3(
        &json(&body).into(),
        &string(body.plain.as_ref()),
        &string(body.html.as_ref()),
    )
}

/// Takes a header apart: JSON of `headers` and `received`.
#[wasm_bindgen]
pub fn header(octets: &[u8]) -> String {
    json(&pop3_mail::header(octets, by_host))
}

/// A part's octets, transfer-decoded.
#[wasm_bindgen]
pub fn content(octets: &[u8], encoding: &str) -> Vec<u8> {
    pop3_mail::content(Some(encoding), octets).into_owned()
}

/// A part's octets in Unicode.
#[wasm_bindgen]
pub fn text(octets: &[u8], encoding: Option<String>, charset: Option<String>) -> String {
    pop3_mail::text(encoding.as_deref(), charset.as_deref(), octets, by_host)
}

/// Readable text from HTML, if there is any.
#[wasm_bindgen(js_name = textOf)]
pub fn text_of(html: &str) -> Option<String> {
    pop3_mail::text_of(html)
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

/// The browser's own charsets, so that their tables need not be in here.
fn by_host(label: &str, octets: &[u8]) -> Option<String> {
    TextDecoder::new(label).ok()?.decode(octets).ok()
}

/// Our own types have nothing that JSON could not say.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
