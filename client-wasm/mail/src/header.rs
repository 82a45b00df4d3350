//! Header fields as text, addresses, dates and identifiers: mail-parser's field parsers, with
//! what they need done to a field beforehand.

use mail_parser::{DateTime, Header, HeaderValue, parsers::MessageStream};
use memchr::memmem;

use crate::{Address, HeaderField, body, limits, parameters};

/// A field of the message.
pub(crate) struct Field<'a> {
    /// As written.
    pub(crate) name: &'a str,
    /// What follows the colon in Unicode, unfolded, with the line end that the parsers want.
    line: String,
}

impl<'a> Field<'a> {
    /// The field that the parser found; `None` if its name is not one, such as the separator line
    /// of the mbox format.
    pub(crate) fn new(octets: &'a [u8], header: &Header<'_>) -> Option<Field<'a>> {
        let [name, start, end] = [header.offset_field, header.offset_start, header.offset_end]
            .map(|offset| usize::try_from(offset).unwrap_or(usize::MAX));
        let name = octets
            .get(name..start)?
            .strip_suffix(b":")?
            .trim_ascii_end();
        let name = std::str::from_utf8(name).ok()?;
        if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        let raw = octets.get(start..end)?;
        let raw = raw.get(..limits::MAX_FIELD_OCTETS).unwrap_or(raw);
        // Raw 8-bit text declares no charset, and the parsers know none but UTF-8.
        let mut line = body::guess(raw.trim_ascii());
        line.retain(|character| !matches!(character, '\r' | '\n'));
        if line.contains(char::is_control) {
            line = one_line(&line);
        }
        if line.contains("=?") {
            line = join_words(&line);
        }
        line.push('\n');
        Some(Field { name, line })
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    fn stream(&self) -> MessageStream<'_> {
        MessageStream::new(self.line.as_bytes())
    }

    /// The value with encoded words decoded
    /// ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
    pub(crate) fn text(&self) -> String {
        if !self.line.contains("=?") {
            return self.line.trim().to_owned();
        }
        let decoded = unstructured(&self.line);
        // Windows text under the label of UTF-8, as body::guess has it too.
        if decoded.contains(char::REPLACEMENT_CHARACTER) {
            let relabelled = self.line.replace("=?utf-8?", "=?windows-1252?");
            let above = |text: &str| {
                text.chars()
                    .any(|c| !c.is_ascii() && c != char::REPLACEMENT_CHARACTER)
            };
            if !above(&decoded) {
                return unstructured(&relabelled.replace("=?UTF-8?", "=?windows-1252?"));
            }
        }
        decoded
    }

    /// The value and parameters of Content-Type or Content-Disposition.
    pub(crate) fn content_type(&self) -> Option<mail_parser::ContentType<'static>> {
        if self.line.len() > limits::MAX_PARAMETER_OCTETS {
            return None;
        }
        let joined = parameters::join_segments(self.line.trim_end()) + "\n";
        match MessageStream::new(joined.as_bytes())
            .parse_content_type()
            .into_owned()
        {
            HeaderValue::ContentType(content_type) => Some(content_type),
            _ => None,
        }
    }

    /// Message identifiers without angle brackets.
    pub(crate) fn identifiers(&self) -> Vec<String> {
        let list = match self.stream().parse_id() {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids,
            _ => Vec::new(),
        };
        list.iter().map(|id| id.trim().to_owned()).collect()
    }

    /// Milliseconds since 1970, UTC; `None` for a date that cannot be.
    pub(crate) fn date(&self) -> Option<i64> {
        let HeaderValue::DateTime(mut date) = self.stream().parse_date() else {
            return None;
        };
        // A leap second has no number of its own in Unix time.
        date.second = if date.second == 60 { 59 } else { date.second };
        // The parser reads 31 April as 1 May.
        let same_day = DateTime::from_timestamp(date.to_timestamp_local()).day == date.day;
        (date.is_valid() && same_day).then(|| date.to_timestamp() * 1_000)
    }

    /// The mailboxes, groups flattened.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let HeaderValue::Address(parsed) = self.stream().parse_address() else {
            return Vec::new();
        };
        let clean = |text: &str| one_line(text).trim().to_owned();
        parsed
            .into_list()
            .into_iter()
            .map(|mailbox| Address {
                name: mailbox
                    .name
                    .map(|name| clean(&name))
                    .filter(|name| !name.is_empty()),
                address: mailbox.address.map(|a| clean(&a)).unwrap_or_default(),
            })
            .filter(|mailbox| mailbox.name.is_some() || !mailbox.address.is_empty())
            .collect()
    }
}

fn unstructured(line: &str) -> String {
    match MessageStream::new(line.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => one_line(&text).trim().to_owned(),
        _ => String::new(),
    }
}

impl From<&Field<'_>> for HeaderField {
    fn from(field: &Field<'_>) -> HeaderField {
        HeaderField {
            name: field.name.to_owned(),
            value: field.text(),
        }
    }
}

/// Controls have no place in a field, encoded or not.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Makes one of encoded words that stand side by side and differ in nothing but their data: many
/// senders cut a character in two between them, of which the parser, decoding word by word, makes
/// two wrong ones. Where too many openings turn out to be none, no more are recognised, see
/// [`limits::MAX_FALSE_WORDS`].
fn join_words(field: &str) -> String {
    let mut out = String::with_capacity(field.len() + 1);
    let mut rest = field;
    // `=?charset?B?` of the word that `out` ends with.
    let mut before: Option<&str> = None;
    let mut false_words = 0;
    while let Some(at) = memmem::find(rest.as_bytes(), b"=?") {
        let (gap, opened) = rest.split_at(at);
        let Some((prefix, data, after)) = word(opened) else {
            out.push_str(gap);
            false_words += 1;
            if false_words > limits::MAX_FALSE_WORDS {
                return out + &opened.replace("=?", "= ?");
            }
            out.push_str("=?");
            rest = opened.get(2..).unwrap_or_default();
            before = None;
            continue;
        };
        if gap.trim().is_empty() && before.is_some_and(|b| b.eq_ignore_ascii_case(prefix)) {
            out.truncate(out.len() - "?=".len());
        } else {
            out.push_str(gap);
            out.push_str(prefix);
        }
        out.push_str(data);
        out.push_str("?=");
        before = Some(prefix);
        rest = after;
    }
    out + rest
}

/// An encoded word at the start of the text: `=?charset?B?`, its data, and what follows it.
fn word(text: &str) -> Option<(&str, &str, &str)> {
    let window = text.get(..text.floor_char_boundary(2_048))?;
    let (charset, rest) = window.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let known = ["B", "b", "Q", "q"].contains(&encoding);
    if charset.len() < 2 || !charset.bytes().all(|octet| octet.is_ascii_graphic()) || !known {
        return None;
    }
    let (data, _) = rest.split_once("?=")?;
    let prefix = charset.len() + encoding.len() + "=???".len();
    let end = prefix + data.len() + "?=".len();
    Some((text.get(..prefix)?, data, text.get(end..)?))
}
