//! What a message is taken apart into: plain data, but for the octets of attachments, which stay
//! where they are until somebody asks for them.

/// A message taken apart ([RFC 5322](https://www.rfc-editor.org/rfc/rfc5322),
/// [MIME](https://www.rfc-editor.org/rfc/rfc2045)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Message<'a> {
    /// The subject on one line, decoded.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub subject: Option<String>,
    /// Authors. Groups are flattened into their members, here and in the lists below.
    pub from: Vec<Address>,
    /// Who sent it, if that is not the author.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub sender: Option<Address>,
    /// Primary recipients.
    pub to: Vec<Address>,
    /// Other recipients.
    pub cc: Vec<Address>,
    /// Recipients that the others were not to see; there only in drafts and sent mail.
    pub bcc: Vec<Address>,
    /// Where the authors want answers to go.
    pub reply_to: Vec<Address>,
    /// Addresses of Delivered-To, the last delivery first
    /// ([RFC 9228](https://www.rfc-editor.org/rfc/rfc9228)).
    pub delivered_to: Vec<String>,
    /// Where failures are to be reported; empty in reports themselves, which no report may answer
    /// ([RFC 5321, section 4.4](https://www.rfc-editor.org/rfc/rfc5321#section-4.4)).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub return_path: Option<String>,
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
    /// What a mailing list says of itself.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub list: Option<MailingList>,
    /// What is reported, in a multipart/report.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub report: Option<Report>,
    /// The plain text body; absent if there is nothing but white space. Lines end in LF, and the
    /// paragraphs of [format=flowed](https://www.rfc-editor.org/rfc/rfc3676) are joined.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub plain: Option<String>,
    /// The HTML body as sent, in Unicode: hostile until sanitised.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub html: Option<String>,
    /// All that is neither `plain` nor `html`, in the order of the message.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub attachments: Vec<Attachment<'a>>,
    /// From the header alone: does the message look as if it had attachments?
    pub may_have_attachments: bool,
    /// From the header alone: may there be HTML? `true` but for what is plain text as a whole.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub may_have_html: bool,
    /// From the header alone: is there a report?
    #[cfg_attr(feature = "serde", serde(skip))]
    pub has_report: bool,
    /// Where the body begins in the octets, after the empty line.
    pub body_start: usize,
}

/// Of a [`Message`], what its header does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Body<'a> {
    /// As [`Message::report`].
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub report: Option<Report>,
    /// As [`Message::plain`].
    #[cfg_attr(feature = "serde", serde(skip))]
    pub plain: Option<String>,
    /// As [`Message::html`].
    #[cfg_attr(feature = "serde", serde(skip))]
    pub html: Option<String>,
    /// As [`Message::attachments`].
    pub attachments: Vec<Attachment<'a>>,
}

impl Message<'_> {
    /// The body for a reader of plain text: made from the HTML one where there is no other.
    pub fn text(&self) -> Option<String> {
        self.plain
            .clone()
            .or_else(|| text_of(self.html.as_deref()?))
    }
}

/// Readable text from an HTML body; `None` if there is none in it. Only a reading aid: nothing in it
/// may be used as markup.
pub fn text_of(html: &str) -> Option<String> {
    let text = crate::html::to_text(html);
    Some(text).filter(|text| !text.trim().is_empty())
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
    /// `local@domain`; whatever could be read if the sender got it wrong, possibly nothing. Empty
    /// in the entry of a group without members.
    pub address: String,
    /// Name of the group that it is in.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub group: Option<String>,
}

/// A part of the message that is not its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Attachment<'a> {
    /// File name, decoded, without any path, control or direction-override character; absent if
    /// none was given or nothing is left of it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// Media type in lower case, such as `image/png`.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub media_type: String,
    /// `attachment`, `inline` or another word, in lower case
    /// ([RFC 2183](https://www.rfc-editor.org/rfc/rfc2183)).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub disposition: Option<String>,
    /// Content-ID without angle brackets, for `cid:` links
    /// ([RFC 2392](https://www.rfc-editor.org/rfc/rfc2392)).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub content_id: Option<String>,
    /// Content-Description, decoded.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// What a calendar wants, in upper case, such as `REQUEST`
    /// ([RFC 6047](https://www.rfc-editor.org/rfc/rfc6047)).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub method: Option<String>,
    /// The charset that its type names.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub charset: Option<String>,
    /// Part of a multipart/related ([RFC 2387](https://www.rfc-editor.org/rfc/rfc2387)).
    pub related: bool,
    /// Meant to be shown in the body rather than listed: an image that is marked so or that the
    /// HTML refers to.
    pub inline: bool,
    /// `base64` or `quoted-printable`, where [`Attachment::content`] has that to undo.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub encoding: Option<String>,
    /// Where its octets, as sent, begin in the message.
    pub start: usize,
    /// Where they end.
    pub end: usize,
    #[cfg_attr(feature = "serde", serde(skip))]
    pub(crate) octets: &'a [u8],
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
    /// Where the field begins in the octets.
    pub start: usize,
    /// Where it ends, its line end included: the octets that DKIM signs
    /// ([RFC 6376, section 3.4](https://www.rfc-editor.org/rfc/rfc6376#section-3.4)).
    pub end: usize,
}

/// What is in the header besides what [`Message`] has of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Header {
    /// Every field in the order of the message, up to
    /// [`MAX_FIELDS`](crate::limits::MAX_FIELDS).
    pub headers: Vec<HeaderField>,
    /// The way that the message took, the last hop first.
    pub received: Vec<Received>,
}

/// A Received field ([RFC 5321, section 4.4](https://www.rfc-editor.org/rfc/rfc5321#section-4.4)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Received {
    /// Who handed the message over, by its own word.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub from: Option<String>,
    /// The address that it came from.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub ip: Option<String>,
    /// Who took it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub by: Option<String>,
    /// The protocol, such as `ESMTPS`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub with: Option<String>,
    /// The taker's name for the transaction.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// The recipient's address.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "for", skip_serializing_if = "Option::is_none")
    )]
    pub recipient: Option<String>,
    /// Milliseconds since 1970, UTC.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub date: Option<i64>,
}

/// What the fields of a mailing list say ([RFC 2369](https://www.rfc-editor.org/rfc/rfc2369),
/// [RFC 2919](https://www.rfc-editor.org/rfc/rfc2919)): URLs in the order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct MailingList {
    /// Its identifier, without angle brackets.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub id: Option<String>,
    /// Its name for people.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// Where to write to all.
    pub post: Vec<String>,
    /// Where to get help.
    pub help: Vec<String>,
    /// Where to join.
    pub subscribe: Vec<String>,
    /// Where to leave.
    pub unsubscribe: Vec<String>,
    /// May an HTTPS URL of `unsubscribe` be posted to without asking the user there
    /// ([RFC 8058](https://www.rfc-editor.org/rfc/rfc8058))?
    pub one_click: bool,
    /// Where a person answers.
    pub owner: Vec<String>,
    /// Where older messages are.
    pub archive: Vec<String>,
}

/// What a multipart/report reports ([RFC 6522](https://www.rfc-editor.org/rfc/rfc6522)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Report {
    /// In lower case: `delivery-status` ([RFC 3464](https://www.rfc-editor.org/rfc/rfc3464)),
    /// `disposition-notification` ([RFC 8098](https://www.rfc-editor.org/rfc/rfc8098)),
    /// `feedback-report` ([RFC 5965](https://www.rfc-editor.org/rfc/rfc5965)) or another.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub report_type: String,
    /// The fields about the message as a whole.
    pub fields: Vec<ReportField>,
    /// Of a delivery status, what became of the message for each recipient.
    pub recipients: Vec<Recipient>,
}

/// What became of a message for one recipient
/// ([RFC 3464, section 2.3](https://www.rfc-editor.org/rfc/rfc3464#section-2.3)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Recipient {
    /// The address that the sender gave.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub original_recipient: Option<String>,
    /// The address in the end.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub final_recipient: Option<String>,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in lower case.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub action: Option<String>,
    /// The code of [RFC 3463](https://www.rfc-editor.org/rfc/rfc3463), such as `5.1.1`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub status: Option<String>,
    /// What the other server said, without the word for its protocol.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub diagnostic: Option<String>,
    /// All fields about this recipient.
    pub fields: Vec<ReportField>,
}

/// A field of a report's machine-readable part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct ReportField {
    /// As written.
    pub name: String,
    /// On one line, decoded.
    pub value: String,
}
