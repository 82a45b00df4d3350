//! Messages for JavaScript: the bindings of `pop3-mail`, in a module of their own, so that a page
//! loads this code when it takes the first message apart.
//!
//! What crosses the boundary is converted, and nothing is decided here. Nothing of a message stays
//! in this module's memory between calls: `js/message.js` keeps the octets, and where in them what
//! is.

mod lines;

use lines::Lines;
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

/// What the header says, which the octets begin with: what `envelope` of `js/lines.js` reads.
#[wasm_bindgen]
pub fn envelope(octets: &[u8]) -> String {
    Lines::envelope(&pop3_mail::envelope(octets, by_host))
}

/// Takes a message apart: what `body` of `js/lines.js` reads.
#[wasm_bindgen]
pub fn body(octets: &[u8]) -> String {
    Lines::body(&pop3_mail::body(octets, by_host))
}

/// The fields of a header: what `headers` of `js/lines.js` reads.
#[wasm_bindgen]
pub fn headers(octets: &[u8]) -> String {
    Lines::headers(&pop3_mail::headers(octets, by_host))
}

/// What a header says of the message's way: what `received` of `js/lines.js` reads.
#[wasm_bindgen]
pub fn received(octets: &[u8]) -> String {
    Lines::received(&pop3_mail::received(octets, by_host))
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

/// The browser's own charsets, so that their tables need not be in here. A decoder serves once: Node's
/// for ISO-2022-JP goes on where the text before it ended.
fn by_host(label: &str, octets: &[u8]) -> Option<String> {
    TextDecoder::new(label).ok()?.decode(octets).ok()
}
