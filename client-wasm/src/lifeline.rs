//! The JavaScript object that outlives a trap of this module (`Lifeline` in `js/lifeline.js`).
//!
//! After a trap nothing in here may be called any more, so whatever could still call in (the
//! socket, the streams, the timer) is known on the other side too, and each event handler goes through
//! there.

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::transport::Connected;

#[wasm_bindgen]
extern "C" {
    /// One session, as the loader sees it.
    #[derive(Clone, Debug)]
    pub type Lifeline;

    #[wasm_bindgen(method)]
    fn guard(this: &Lifeline, handler: &JsValue) -> Function;

    /// A function that does nothing, for events that need a listener but no answer.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn ignore(this: &Lifeline) -> Function;

    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_socket(this: &Lifeline, socket: &JsValue);

    /// Reads a text frame of the proxy; `undefined` if it is no `connected` event.
    #[wasm_bindgen(method)]
    pub(crate) fn connected(this: &Lifeline, frame: &JsValue) -> Option<Connected>;

    /// Locks the streams and starts to read. The first function gets octets, or `undefined` for a
    /// chunk that has none; one of the others is called at the end. Throws where a stream is
    /// locked, with the other one left as it was.
    #[wasm_bindgen(method, catch, js_name = openStreams)]
    pub(crate) fn open_streams(
        this: &Lifeline,
        readable: &JsValue,
        writable: &JsValue,
        on_octets: &Function,
        on_end: &Function,
        on_failure: &Function,
    ) -> Result<Streams, JsValue>;

    #[wasm_bindgen(method, setter)]
    fn set_timer(this: &Lifeline, timer: &JsValue);

    /// Says that no handler or timer of the session is left, and what it has failed with, if it did.
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Lifeline, failure: &JsValue);

    /// A pair of streams that the session has to itself (`js/streams.js`).
    pub(crate) type Streams;

    #[wasm_bindgen(method)]
    pub(crate) fn send(this: &Streams, octets: Uint8Array);

    /// Asks for no more octets, until `resume`.
    #[wasm_bindgen(method)]
    pub(crate) fn pause(this: &Streams);

    #[wasm_bindgen(method)]
    pub(crate) fn resume(this: &Streams);

    /// Ends both streams and unlocks them; `orderly` lets out what was written. No handler is
    /// called any more.
    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Streams, orderly: bool);

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: i32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Milliseconds on a clock that no one sets back.
pub(crate) fn milliseconds() -> u64 {
    // A float-to-integer cast saturates: there is no value that it could trap on.
    now() as u64
}

/// An event handler that JavaScript can call for as long as this lives.
pub(crate) struct Handler {
    function: Function,
    _closure: Closure<dyn Fn(JsValue)>,
}

impl Handler {
    pub(crate) fn new(lifeline: &Lifeline, handle: impl Fn(JsValue) + 'static) -> Self {
        let closure = Closure::<dyn Fn(JsValue)>::new(handle);
        Self {
            function: lifeline.guard(closure.as_ref()),
            _closure: closure,
        }
    }

    pub(crate) fn function(&self) -> &Function {
        &self.function
    }
}

/// A running `setTimeout`, which exists in windows, workers and Node alike; dropping it stops it.
pub(crate) struct Timer {
    id: JsValue,
    lifeline: Lifeline,
    _handler: Handler,
}

impl Timer {
    /// Calls `handle` once, after so many milliseconds.
    pub(crate) fn start(
        lifeline: &Lifeline,
        milliseconds: u64,
        handle: impl Fn() + 'static,
    ) -> Self {
        let handler = Handler::new(lifeline, move |_| handle());
        let delay = i32::try_from(milliseconds).unwrap_or(i32::MAX);
        let id = set_timeout(handler.function(), delay);
        lifeline.set_timer(&id);
        Self {
            id,
            lifeline: lifeline.clone(),
            _handler: handler,
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
        self.lifeline.set_timer(&JsValue::UNDEFINED);
    }
}
