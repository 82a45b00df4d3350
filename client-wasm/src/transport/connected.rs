//! The `connected` event of `pop3.v1`: what the proxy says of its hop to the mail server.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// The event, as `js/connected.js` has read it.
    #[derive(Clone)]
    pub type Connected;

    /// The hop, as `ConnectionInfo` of `js/index.d.ts`.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn info(this: &Connected) -> JsValue;

    /// Does the proxy keep octets back while it is told to pause?
    #[wasm_bindgen(method, getter, js_name = canPause)]
    pub(crate) fn can_pause(this: &Connected) -> bool;
}
