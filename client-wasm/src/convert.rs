//! Results as the plain objects of `js/index.d.ts`.

use js_sys::{Array, Uint8Array};
use pop3_proto::{Reply, Stat, Status};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// An object of JavaScript that has nothing but its fields.
    #[wasm_bindgen(js_name = Object)]
    type Plain;

    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> Plain;

    #[wasm_bindgen(method, indexing_setter)]
    fn set(this: &Plain, name: &JsValue, value: &JsValue);
}

/// A plain object of these fields, without those that are `undefined`.
pub(crate) fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let object = Plain::new();
    for (name, value) in fields {
        if !value.is_undefined() {
            object.set(&JsValue::from(*name), value);
        }
    }
    object.into()
}

/// The field's value, or `undefined`.
pub(crate) fn optional(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::UNDEFINED, JsValue::from)
}

/// Numbers of messages; `undefined` if there are none.
pub(crate) fn numbers(numbers: &[u32]) -> JsValue {
    if numbers.is_empty() {
        return JsValue::UNDEFINED;
    }
    numbers
        .iter()
        .map(|number| JsValue::from(*number))
        .collect::<Array>()
        .into()
}

/// Sizes are floats, as all numbers of JavaScript are: a server may claim more than 2^53.
pub(crate) fn size(octets: u64) -> JsValue {
    JsValue::from(octets as f64)
}

/// A positive answer that has no octets.
pub(crate) fn reply(reply: &Reply) -> JsValue {
    match reply {
        Reply::Status(status) => status_line(status),
        Reply::Login(login) => object(&[
            ("method", login.method.as_str().into()),
            ("text", login.status.text.as_str().into()),
            ("code", optional(login.status.code.as_deref())),
            ("count", login.stat.count.into()),
            ("size", size(login.stat.size)),
        ]),
        Reply::Stat(Stat {
            count,
            size: octets,
        }) => object(&[("count", (*count).into()), ("size", size(*octets))]),
        Reply::List(entries) => {
            let entries = entries
                .iter()
                .map(|entry| [entry.number.into(), size(entry.size)]);
            list(["number", "size"], entries)
        }
        Reply::ListEntry(entry) => {
            object(&[("number", entry.number.into()), ("size", size(entry.size))])
        }
        Reply::Uidl(entries) => {
            let entries = entries
                .iter()
                .map(|entry| [entry.number.into(), (*entry.uid).into()]);
            list(["number", "uid"], entries)
        }
        Reply::UidlEntry(entry) => object(&[
            ("number", entry.number.into()),
            ("uid", (*entry.uid).into()),
        ]),
        Reply::Message(message) => status_line(&message.status),
        Reply::Languages(entries) => {
            let entries = entries
                .iter()
                .map(|entry| [(*entry.tag).into(), (*entry.text).into()]);
            list(["tag", "text"], entries)
        }
        Reply::Language(entry) => {
            object(&[("tag", (*entry.tag).into()), ("text", (*entry.text).into())])
        }
        Reply::Capabilities(offered) => {
            let object = Plain::new();
            for (name, arguments) in offered.iter() {
                let arguments: Array = arguments.iter().map(JsValue::from).collect();
                object.set(&name.into(), &arguments);
            }
            object.into()
        }
    }
}

/// The answer of RETR and TOP.
pub(crate) fn message(number: u32, status: &Status, octets: Uint8Array) -> JsValue {
    object(&[
        ("number", number.into()),
        ("text", (*status.text).into()),
        ("octets", octets.into()),
    ])
}

fn status_line(status: &Status) -> JsValue {
    object(&[
        ("text", (*status.text).into()),
        ("code", optional(status.code.as_deref())),
    ])
}

/// An array of objects that have the same two fields. Their names cross the boundary once.
fn list(names: [&str; 2], entries: impl Iterator<Item = [JsValue; 2]>) -> JsValue {
    let names = names.map(JsValue::from);
    let entries = entries.map(|values| {
        let object = Plain::new();
        for (name, value) in names.iter().zip(&values) {
            object.set(name, value);
        }
        object
    });
    entries.collect::<Array>().into()
}
