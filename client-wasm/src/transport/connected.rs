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

    /// The proxy's name for the server.
    #[cfg(feature = "tls")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn server(this: &Connected) -> String;

    /// How the server wants TLS begun, if the proxy passes it on unopened; else `undefined`.
    #[cfg(feature = "tls")]
    #[wasm_bindgen(method, getter)]
    pub(crate) fn upstream(this: &Connected) -> Option<String>;

    /// Does the proxy keep octets back while it is told to pause?
    #[wasm_bindgen(method, getter, js_name = canPause)]
    pub(crate) fn can_pause(this: &Connected) -> bool;
}
