//! Header fields as text, addresses, dates and identifiers: mail-parser's field parsers, with
//! what they need done to a field beforehand.

use std::{borrow::Cow, cell::OnceCell};

use mail_parser::{
    Addr, Address as Parsed, DateTime, Group, Header, HeaderValue, parsers::MessageStream,
};
use memchr::{memchr, memchr2};

use crate::{
    Address, HeaderField,
    charset::{self, Charsets},
    limits, parameters, words,
};

/// A field of the message.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    /// As written.
    pub(crate) name: &'a str,
    /// Where the field's octets lie, its line end included.
    start: usize,
    end: usize,
    charsets: Charsets,
    /// What follows the colon.
    raw: &'a [u8],
    /// The same in Unicode, unfolded, with the line end that the parsers want; made when it is
    /// needed, since most fields are of no interest.
    line: OnceCell<Cow<'a, str>>,
}

impl<'a> Field<'a> {
    /// The field that the parser found; `None` if its name is not one.
    pub(crate) fn new(
        octets: &'a [u8],
        header: &Header<'_>,
        charsets: Charsets,
    ) -> Option<Field<'a>> {
        let [field, start, end] = [header.offset_field, header.offset_start, header.offset_end]
            .map(|offset| usize::try_from(offset).unwrap_or(usize::MAX));
        Field::at(octets, field, start, end, charsets)
    }

    /// The field that begins at `field`, and whose value is between `start`, after the colon, and
    /// `end`; `None` if its name is not one, such as the separator line of the mbox format.
    fn at(
        octets: &'a [u8],
        field: usize,
        start: usize,
        end: usize,
        charsets: Charsets,
    ) -> Option<Field<'a>> {
        let name = octets.get(field..start)?.strip_suffix(b":")?;
        let name = std::str::from_utf8(name.trim_ascii_end()).ok()?;
        if name.is_empty() || !name.bytes().all(|octet| octet.is_ascii_graphic()) {
            return None;
        }
        Some(Field {
            name,
            start: field,
            end,
            charsets,
            raw: octets.get(start..end)?,
            line: OnceCell::new(),
        })
    }

    fn unfolded(&self) -> Cow<'a, str> {
        let raw = self.raw.get(..limits::MAX_FIELD_OCTETS);
        let raw = raw.unwrap_or(self.raw);
        if let Some(line) = plain_line(raw) {
            return line.into();
        }
        // Raw 8-bit text declares no charset, and the parsers know none but UTF-8.
        let mut line = folded_ascii(raw).unwrap_or_else(|| {
            let mut line = charset::guess(raw.trim_ascii());
            line.retain(|character| !matches!(character, '\r' | '\n'));
            if line.contains(char::is_control) {
                line = one_line(&line);
            }
            line
        });
        if has_words(&line) {
            line = words::in_utf_8(&line, self.charsets);
        }
        line.push('\n');
        line.into()
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Is the value this word in any case, alone or with parameters?
    pub(crate) fn begins_with(&self, word: &str) -> bool {
        let value = self.raw.trim_ascii();
        let Some((start, rest)) = value.split_at_checked(word.len()) else {
            return false;
        };
        start.eq_ignore_ascii_case(word.as_bytes()) && matches!(rest.first(), None | Some(b';'))
    }

    /// The value on one line, not decoded.
    pub(crate) fn line(&self) -> &str {
        self.line.get_or_init(|| self.unfolded())
    }

    pub(crate) fn stream(&self) -> MessageStream<'_> {
        MessageStream::new(self.line().as_bytes())
    }

    /// The value with encoded words decoded
    /// ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
    pub(crate) fn text(&self) -> String {
        if !has_words(self.line()) {
            return self.line().trim().to_owned();
        }
        one_line(&words::decoded(self.line(), self.charsets))
    }

    /// The value and parameters of Content-Type or Content-Disposition.
    pub(crate) fn content_type(&self) -> Option<mail_parser::ContentType<'_>> {
        let line = self.line();
        if line.len() > limits::MAX_PARAMETER_OCTETS {
            return None;
        }
        // Only what is cut into segments has a star in its name.
        let parsed = if line.contains('*') {
            let joined = parameters::join_segments(line.trim_end(), self.charsets) + "\n";
            MessageStream::new(joined.as_bytes())
                .parse_content_type()
                .into_owned()
        } else {
            self.stream().parse_content_type()
        };
        match parsed {
            HeaderValue::ContentType(content_type) => Some(content_type),
            _ => None,
        }
    }

    /// Message identifiers without angle brackets.
    pub(crate) fn identifiers(&self) -> Vec<String> {
        if let Some(ids) = plain_identifiers(self.line()) {
            return ids;
        }
        let list = match self.stream().parse_id() {
            HeaderValue::Text(id) => vec![id],
            HeaderValue::TextList(ids) => ids,
            _ => Vec::new(),
        };
        list.iter().map(|id| id.trim().to_owned()).collect()
    }

    /// Milliseconds since 1970, UTC; `None` for a date that cannot be.
    pub(crate) fn date(&self) -> Option<i64> {
        let date_of = |line: &str| match MessageStream::new(line.as_bytes()).parse_date() {
            HeaderValue::DateTime(date) => Some(date),
            _ => None,
        };
        // A time without a zone is of an unknown one, and as good as UTC.
        let zoned = || date_of(&format!("{} -0000\n", self.line().trim_end()));
        let mut date = date_of(self.line()).or_else(zoned)?;
        // A leap second has no number of its own in Unix time.
        date.second = if date.second == 60 { 59 } else { date.second };
        // The parser reads 31 April as 1 May.
        let same_day = DateTime::from_timestamp(date.to_timestamp_local()).day == date.day;
        (date.is_valid() && same_day).then(|| date.to_timestamp() * 1_000)
    }

    /// The URLs in angle brackets ([RFC 2369, section 2](https://www.rfc-editor.org/rfc/rfc2369#section-2)).
    pub(crate) fn urls(&self) -> Vec<String> {
        let bracketed = self.line().split('<').skip(1);
        bracketed
            .filter_map(|rest| rest.split_once('>'))
            // White space is to be ignored: long URLs are folded.
            .map(|(url, _)| url.replace(char::is_whitespace, ""))
            .filter(|url| !url.is_empty())
            .collect()
    }

    /// A name for people, and what follows it in angle brackets.
    pub(crate) fn phrase_and_path(&self) -> (Option<String>, Option<String>) {
        let text = self.text();
        let Some((phrase, rest)) = text.rsplit_once('<') else {
            return (None, Some(text).filter(|text| !text.is_empty()));
        };
        let phrase = phrase.trim().trim_matches('"').trim();
        let path = rest.split('>').next().unwrap_or_default().trim();
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (some(phrase), some(path))
    }

    /// The mailboxes, groups flattened. A group without members, as of undisclosed recipients, is an
    /// entry without an address.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        let mut addresses = Vec::new();
        if let HeaderValue::Address(parsed) = self.stream().parse_address() {
            match parsed {
                Parsed::List(list) => add_mailboxes(list, None, &mut addresses),
                Parsed::Group(groups) => {
                    for Group {
                        name,
                        addresses: list,
                    } in groups
                    {
                        let before = addresses.len();
                        let group = name.and_then(clean);
                        add_mailboxes(list, group.as_ref(), &mut addresses);
                        if addresses.len() == before && group.is_some() {
                            addresses.push(Address {
                                group,
                                ..Address::default()
                            });
                        }
                    }
                }
            }
        }
        addresses
    }
}

fn add_mailboxes(list: Vec<Addr<'_>>, group: Option<&String>, addresses: &mut Vec<Address>) {
    addresses.reserve(list.len());
    for mailbox in list {
        let name = mailbox.name.and_then(clean);
        let address = mailbox.address.and_then(clean).unwrap_or_default();
        if name.is_some() || !address.is_empty() {
            addresses.push(Address {
                name,
                address,
                group: group.cloned(),
            });
        }
    }
}

fn clean(text: Cow<'_, str>) -> Option<String> {
    Some(one_line(&text)).filter(|text| !text.is_empty())
}

impl From<&Field<'_>> for HeaderField {
    fn from(field: &Field<'_>) -> HeaderField {
        HeaderField {
            name: field.name.to_owned(),
            value: field.text(),
            start: field.start,
            end: field.end,
        }
    }
}

/// A header, cut into its fields.
pub(crate) struct Fields<'a> {
    /// Those that were wanted, as far as [`limits::MAX_FIELDS`] reaches.
    pub(crate) fields: Vec<Field<'a>>,
    /// Is there any field at all?
    pub(crate) any: bool,
    /// Where the body begins: the end of the octets where the empty line is missing.
    pub(crate) body_start: usize,
}

/// The header at the start of the octets, as mail-parser cuts it up for the parts; it looks at each
/// octet for what this searches, and keeps more of each field.
pub(crate) fn split(octets: &[u8], charsets: Charsets, wanted: fn(&[u8]) -> bool) -> Fields<'_> {
    let rest = |at: usize| octets.get(at..).unwrap_or_default();
    let mut found = 0;
    let mut any = false;
    let mut fields = Vec::with_capacity(16);
    let mut at = 0;
    loop {
        let space = |octet: &&u8| octet.is_ascii_whitespace() && **octet != b'\n';
        let start = at + rest(at).iter().take_while(space).count();
        if let None | Some(b'\n') = octets.get(start) {
            let body_start = match (start < octets.len(), found) {
                (true, _) => start + 1,
                // Not a header at all.
                (false, 0) => 0,
                (false, _) => octets.len(),
            };
            return Fields {
                fields,
                any,
                body_start,
            };
        }
        let colons = |octet: &&u8| **octet == b':' || space(octet);
        let name = start + rest(start).iter().take_while(colons).count();
        let name_end = memchr2(b':', b'\n', rest(name)).map_or(octets.len(), |end| name + end);
        // A line without a colon is none of the header.
        at = name_end + 1;
        if octets.get(name_end) == Some(&b'\n') {
            continue;
        }
        at = limits::end_of_field(octets, at);
        let name = octets.get(start..name_end).unwrap_or_default();
        let wanted = wanted(name.trim_ascii_end());
        if found < limits::MAX_FIELDS
            && (wanted || !any)
            && let Some(field) = Field::at(octets, start, name_end + 1, at, charsets)
        {
            any = true;
            if wanted {
                fields.push(field);
            }
        }
        found += 1;
    }
}

/// The value as it is, where that is one line of ASCII with nothing to decode in it.
fn plain_line(raw: &[u8]) -> Option<&str> {
    let line = raw.trim_ascii_start();
    let value = line.trim_ascii_end();
    let end = line.get(value.len()..).unwrap_or_default();
    if !matches!(end, b"\n" | b"\r\n") || !is_printable(value) {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    (!has_words(line)).then_some(line)
}

/// The same of several lines, or with controls.
fn folded_ascii(raw: &[u8]) -> Option<String> {
    if !raw.is_ascii() {
        return None;
    }
    let mut line = Vec::with_capacity(raw.len() + 1);
    let mut rest = raw.trim_ascii();
    while let Some(end) = memchr2(b'\r', b'\n', rest) {
        let (before, after) = rest.split_at(end);
        line.extend_from_slice(before);
        rest = after.get(1..).unwrap_or_default();
    }
    line.extend_from_slice(rest);
    for octet in &mut line {
        *octet = if octet.is_ascii_control() {
            b' '
        } else {
            *octet
        };
    }
    let line = String::from_utf8(line).ok()?;
    let trimmed = line.trim();
    if trimmed.len() < line.len() {
        return Some(trimmed.to_owned());
    }
    Some(line)
}

/// Looks at all octets, which is faster than to stop at the first that is none.
fn is_printable(text: &[u8]) -> bool {
    text.iter()
        .fold(true, |all, octet| all & matches!(octet, b' '..=b'~'))
}

/// Identifiers as RFC 5322 has them, nothing but white space between: what the parser takes from each
/// octet is between the brackets anyway. `None` where there is anything else.
fn plain_identifiers(line: &str) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut rest = line.trim_ascii();
    while !rest.is_empty() {
        let (id, after) = rest.strip_prefix('<')?.split_once('>')?;
        let strange = |octet: u8| octet == b'<' || !octet.is_ascii_graphic();
        if id.is_empty() || id.bytes().any(strange) {
            return None;
        }
        ids.push(id.to_owned());
        rest = after.trim_ascii_start();
    }
    Some(ids)
}

/// May there be encoded words in it?
fn has_words(line: &str) -> bool {
    let mut rest = line.as_bytes();
    while let Some(at) = memchr(b'?', rest) {
        let (before, after) = rest.split_at(at);
        if before.ends_with(b"=") {
            return true;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    false
}

/// On one line, without white space around it: controls have no place in a field, encoded or not.
pub(crate) fn one_line(text: &str) -> String {
    if is_printable(text.as_bytes()) {
        return text.trim().to_owned();
    }
    text.replace(char::is_control, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding_rs;
    use proptest::prelude::*;
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn field(raw: &[u8]) -> Field<'_> {
        Field {
            name: "X",
            start: 0,
            end: 0,
            charsets: encoding_rs,
            raw,
            line: OnceCell::new(),
        }
    }

    proptest! {
        /// What the short way through identifiers finds is what the parser does.
        #[test]
        fn plain_identifiers_are_the_parsers(line in "[<>a-c@. \t\"(]{0,24}") {
            let octets = format!("{line}\n");
            let field = field(octets.as_bytes());
            if let Some(ids) = plain_identifiers(field.line()) {
                let parsed = match field.stream().parse_id() {
                    HeaderValue::Text(id) => vec![id.into_owned()],
                    HeaderValue::TextList(ids) => ids.into_iter().map(Cow::into_owned).collect(),
                    _ => Vec::new(),
                };
                prop_assert_eq!(ids, parsed);
            }
        }

        /// ASCII is unfolded as other text is.
        #[test]
        fn ascii_unfolds_as_other_text(value in "[ab \t\r\n\x01\x7f]{0,24}") {
            let other = format!("x{value}\u{e9}");
            let other = field(other.as_bytes()).line().to_owned();
            let ascii = format!("x{value}e");
            let ascii = folded_ascii(ascii.as_bytes());
            prop_assert_eq!(ascii.map(|line| line.replace('e', "\u{e9}") + "\n"), Some(other));
        }
    }
}
