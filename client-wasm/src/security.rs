//! What a caller wants of TLS, as `js/security.js` has checked and completed it.

use wasm_bindgen::prelude::wasm_bindgen;

use crate::transport::{Mode, TlsOptions, Trust};

#[wasm_bindgen]
extern "C" {
    /// The option `tls` of `connect`.
    pub type Security;

    #[wasm_bindgen(method, getter)]
    fn name(this: &Security) -> String;
    #[wasm_bindgen(method, getter)]
    fn mode(this: &Security) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn authorities(this: &Security) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn revoked(this: &Security) -> Option<String>;
    /// SHA-256 digests, one after the other.
    #[wasm_bindgen(method, getter)]
    fn certificates(this: &Security) -> Vec<u8>;
    #[wasm_bindgen(method, getter)]
    fn keys(this: &Security) -> Vec<u8>;
    #[wasm_bindgen(method, getter)]
    fn alpn(this: &Security) -> bool;
}

impl Security {
    pub(crate) fn options(&self) -> TlsOptions {
        TlsOptions {
            name: self.name(),
            mode: self.mode().and_then(|mode| Mode::of(&mode)),
            trust: Trust {
                authorities: self.authorities(),
                revoked: self.revoked(),
                certificates: self.certificates(),
                keys: self.keys(),
            },
            alpn: self.alpn(),
        }
    }
}
