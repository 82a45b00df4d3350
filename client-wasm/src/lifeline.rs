//! The JavaScript object that outlives a trap of this module (`Lifeline` in `js/lifeline.js`).
//!
//! After a trap nothing in here may be called any more, so whatever could still call in (the
//! socket, the streams, the timer) is known on the other side too, and each event handler and each
//! outcome of a Promise goes through there.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{ReadableStreamDefaultReader, WritableStreamDefaultWriter};

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

    /// Makes the streams known, whose locks the session holds.
    #[wasm_bindgen(method, js_name = holdStreams)]
    pub(crate) fn hold_streams(
        this: &Lifeline,
        reader: &ReadableStreamDefaultReader,
        writer: &WritableStreamDefaultWriter,
    );

    /// Ends both streams and unlocks them; `orderly` lets out what was written and what waits.
    #[wasm_bindgen(method, js_name = releaseStreams)]
    pub(crate) fn release_streams(this: &Lifeline, orderly: bool, waiting: &Array);

    /// Keeps what a stream failed with as the `cause` of the session's failure.
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_cause(this: &Lifeline, cause: &JsValue);

    #[wasm_bindgen(method)]
    fn watch(this: &Lifeline, promise: &Promise) -> Promise;

    /// Puts a restart of the module off until the futures that were woken have run.
    #[wasm_bindgen(method)]
    fn hold(this: &Lifeline);

    #[wasm_bindgen(method, setter)]
    fn set_timer(this: &Lifeline, timer: &JsValue);

    /// Says that no handler or timer of the session is left.
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Lifeline);

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

impl Lifeline {
    /// Runs a future, which may do no more than await outcomes and call [`Handler`]s: a trap in the
    /// future itself would go unnoticed.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        spawn_local(future);
        self.hold();
    }

    /// What comes of a Promise. After a trap that never comes, whatever the Promise does.
    pub(crate) fn outcome(&self, promise: &Promise) -> JsFuture {
        self.watch(promise).into()
    }
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

    /// Calls the handler as JavaScript would, so that a trap in it is noticed.
    pub(crate) fn call(&self, value: &JsValue) {
        // The guard lets nothing through.
        let _ = self.function.call1(&JsValue::UNDEFINED, value);
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
