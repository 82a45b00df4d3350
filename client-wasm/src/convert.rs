//! Results as the plain objects of `js/index.d.ts`.

use std::collections::BTreeMap;

use pop3_proto::{Language, ListEntry, Reply, Stat, Status, UidlEntry};
use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct JsReply<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// Sizes are floats, as all numbers of JavaScript are: a server may claim more than 2^53.
#[derive(Serialize)]
struct JsStat {
    count: u32,
    size: f64,
}

#[derive(Serialize)]
struct JsLanguage<'a> {
    tag: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct JsLogin<'a> {
    method: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    count: u32,
    size: f64,
}

#[derive(Serialize)]
struct JsListEntry {
    number: u32,
    size: f64,
}

#[derive(Serialize)]
struct JsUidlEntry<'a> {
    number: u32,
    uid: &'a str,
}

#[derive(Serialize)]
struct JsRawMessage<'a> {
    number: u32,
    text: &'a str,
    octets: Octets<'a>,
}

/// Becomes a `Uint8Array`, by one copy out of the module's memory.
struct Octets<'a>(&'a [u8]);

impl Serialize for Octets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// A plain object of one of our own types.
///
/// # Errors
/// For an integer beyond 2^53, or a map whose keys are no strings.
pub(crate) fn fallible(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    Ok(value.serialize(&serializer)?)
}

/// A plain object of one of the types of this crate, which have nothing that could fail.
pub(crate) fn object(value: &impl Serialize) -> JsValue {
    fallible(value).unwrap_or(JsValue::UNDEFINED)
}

/// A positive answer that has no octets.
pub(crate) fn reply(reply: &Reply) -> JsValue {
    match reply {
        Reply::Status(status) => object(&status_line(status)),
        Reply::Login(login) => object(&JsLogin {
            method: login.method.as_str(),
            text: &login.status.text,
            code: login.status.code.as_deref(),
            count: login.stat.count,
            size: login.stat.size as f64,
        }),
        Reply::Stat(Stat { count, size }) => object(&JsStat {
            count: *count,
            size: *size as f64,
        }),
        Reply::List(entries) => object(&entries.iter().map(list_entry).collect::<Vec<_>>()),
        Reply::ListEntry(entry) => object(&list_entry(entry)),
        Reply::Uidl(entries) => object(&entries.iter().map(uidl_entry).collect::<Vec<_>>()),
        Reply::UidlEntry(entry) => object(&uidl_entry(entry)),
        Reply::Message(message) => object(&status_line(&message.status)),
        Reply::Languages(entries) => object(&entries.iter().map(language).collect::<Vec<_>>()),
        Reply::Language(entry) => object(&language(entry)),
        Reply::Capabilities(offered) => object(&offered.iter().collect::<BTreeMap<_, _>>()),
    }
}

/// The answer of RETR and TOP.
pub(crate) fn message(number: u32, status: &Status, octets: &[u8]) -> JsValue {
    object(&JsRawMessage {
        number,
        text: &status.text,
        octets: Octets(octets),
    })
}

fn status_line(status: &Status) -> JsReply<'_> {
    JsReply {
        text: &status.text,
        code: status.code.as_deref(),
    }
}

fn list_entry(entry: &ListEntry) -> JsListEntry {
    JsListEntry {
        number: entry.number,
        size: entry.size as f64,
    }
}

fn language(entry: &Language) -> JsLanguage<'_> {
    JsLanguage {
        tag: &entry.tag,
        text: &entry.text,
    }
}

fn uidl_entry(entry: &UidlEntry) -> JsUidlEntry<'_> {
    JsUidlEntry {
        number: entry.number,
        uid: &entry.uid,
    }
}
