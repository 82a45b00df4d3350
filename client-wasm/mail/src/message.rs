//! What a message is taken apart into. Plain owned data, without any tie to the octets it came
//! from, so that it can cross into JavaScript as it stands.

/// A message taken apart ([RFC 5322](https://www.rfc-editor.org/rfc/rfc5322),
/// [MIME](https://www.rfc-editor.org/rfc/rfc2045)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Message {
    /// The subject on one line, decoded.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub subject: Option<String>,
    /// Authors. Groups are flattened into their members, here and in the lists below.
    pub from: Vec<Address>,
    /// Primary recipients.
    pub to: Vec<Address>,
    /// Other recipients.
    pub cc: Vec<Address>,
    /// Where the authors want answers to go.
    pub reply_to: Vec<Address>,
    /// Milliseconds since 1970, UTC; absent if there is none or it cannot be read.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub date: Option<i64>,
    /// Message-ID without angle brackets.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub message_id: Option<String>,
    /// Message-IDs that this one answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Message-IDs of the thread so far, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Every header field in the order of the message, up to
    /// [`MAX_FIELDS`](crate::limits::MAX_FIELDS).
    pub headers: Vec<HeaderField>,
    /// The plain text body, made from the HTML one where the message has no other; absent if there
    /// is nothing but white space. Lines end in LF, and the paragraphs of
    /// [format=flowed](https://www.rfc-editor.org/rfc/rfc3676) are joined.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub text: Option<String>,
    /// The HTML body as sent, in Unicode: hostile until sanitised.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub html: Option<String>,
    /// All that is neither `text` nor `html`, in the order of the message.
    pub attachments: Vec<Attachment>,
    /// From the header alone: does the message look as if it had attachments?
    pub may_have_attachments: bool,
}

/// One mailbox of an address field
/// ([RFC 5322, section 3.4](https://www.rfc-editor.org/rfc/rfc5322#section-3.4)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Address {
    /// Display name, decoded; absent if none was given.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// `local@domain`; whatever could be read if the sender got it wrong, possibly nothing.
    pub address: String,
}

/// A part of the message that is not its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Attachment {
    /// File name, decoded, without any path, control or direction-override character; absent if
    /// none was given or nothing is left of it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// Media type in lower case, such as `image/png`.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub media_type: String,
    /// Octets after transfer decoding: the length of `content`.
    pub size: usize,
    /// Content-ID without angle brackets, for `cid:` links
    /// ([RFC 2392](https://www.rfc-editor.org/rfc/rfc2392)).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub content_id: Option<String>,
    /// Meant to be shown in the body rather than listed: an image that is marked so or that the
    /// HTML refers to.
    pub inline: bool,
    /// The octets, transfer-decoded. Serialised as bytes, so that JavaScript gets a `Uint8Array`.
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_bytes"))]
    pub content: Vec<u8>,
}

/// One header field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HeaderField {
    /// As written in the message, such as `Subject`.
    pub name: String,
    /// On one line, encoded words decoded
    /// ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
    pub value: String,
}

#[cfg(feature = "serde")]
fn as_bytes<S: serde::Serializer>(content: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(content)
}
