//! Header fields as text, addresses, dates and identifiers: mail-parser's field parsers, with
//! what they need done to a field beforehand.

use std::cell::OnceCell;

use mail_parser::{Address as Parsed, DateTime, Header, HeaderValue, parsers::MessageStream};

use crate::{
    Address, HeaderField,
    charset::{self, Charsets},
    limits, parameters, words,
};

/// A field of the message.
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
    line: OnceCell<String>,
}

impl<'a> Field<'a> {
    /// The field that the parser found; `None` if its name is not one, such as the separator line
    /// of the mbox format.
    pub(crate) fn new(
        octets: &'a [u8],
        header: &Header<'_>,
        charsets: Charsets,
    ) -> Option<Field<'a>> {
        let [field, start, end] = [header.offset_field, header.offset_start, header.offset_end]
            .map(|offset| usize::try_from(offset).unwrap_or(usize::MAX));
        let name = octets
            .get(field..start)?
            .strip_suffix(b":")?
            .trim_ascii_end();
        let name = std::str::from_utf8(name).ok()?;
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

    fn unfolded(&self) -> String {
        let raw = self.raw.get(..limits::MAX_FIELD_OCTETS);
        let raw = raw.unwrap_or(self.raw);
        // Raw 8-bit text declares no charset, and the parsers know none but UTF-8.
        let mut line = charset::guess(raw.trim_ascii());
        if line
            .bytes()
            .any(|octet| octet.is_ascii_control() || octet == 0xc2)
        {
            line.retain(|character| !matches!(character, '\r' | '\n'));
            if line.contains(char::is_control) {
                line = one_line(&line);
            }
        }
        if line.contains("=?") {
            line = words::in_utf_8(&line, self.charsets);
        }
        line.push('\n');
        line
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
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
        if !self.line().contains("=?") {
            return self.line().trim().to_owned();
        }
        match self.stream().parse_unstructured() {
            HeaderValue::Text(text) => one_line(&text).trim().to_owned(),
            _ => String::new(),
        }
    }

    /// The value and parameters of Content-Type or Content-Disposition.
    pub(crate) fn content_type(&self) -> Option<mail_parser::ContentType<'static>> {
        if self.line().len() > limits::MAX_PARAMETER_OCTETS {
            return None;
        }
        let joined = parameters::join_segments(self.line().trim_end(), self.charsets) + "\n";
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
        let HeaderValue::Address(parsed) = self.stream().parse_address() else {
            return Vec::new();
        };
        let groups = match parsed {
            Parsed::List(list) => vec![(None, list)],
            Parsed::Group(groups) => {
                let named = groups
                    .into_iter()
                    .map(|group| (group.name, group.addresses));
                named.collect()
            }
        };
        let clean = |text: &str| Some(one_line(text).trim().to_owned()).filter(|t| !t.is_empty());
        let mut addresses = Vec::new();
        for (group, members) in groups {
            let group = group.and_then(|name| clean(&name));
            let before = addresses.len();
            addresses.extend(
                members
                    .into_iter()
                    .map(|mailbox| Address {
                        name: mailbox.name.and_then(|name| clean(&name)),
                        address: mailbox.address.and_then(|a| clean(&a)).unwrap_or_default(),
                        group: group.clone(),
                    })
                    .filter(|mailbox| mailbox.name.is_some() || !mailbox.address.is_empty()),
            );
            if addresses.len() == before && group.is_some() {
                addresses.push(Address {
                    group,
                    ..Address::default()
                });
            }
        }
        addresses
    }
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

/// Controls have no place in a field, encoded or not.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
