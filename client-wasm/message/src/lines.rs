//! What was read of a message, in one string: a value a line, in an order that `js/lines.js` knows.
//!
//! Next to JSON this is written without quoting and read by one `split`, which takes a third of the
//! time, and the module is smaller without a serializer for each type.

use memchr::memchr2;
use pop3_mail::{
    Address, Body, HeaderField, MailingList, Message, Received, Report, ReportField, units,
};

/// Stands for text that is there and empty, since an empty line is a value that is not there.
const EMPTY: char = '\0';

/// Lines as they grow.
#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Of a message what its header says.
    pub(crate) fn envelope(message: &Message<'_>) -> String {
        let mut lines = Lines(String::with_capacity(1_024));
        lines.optional(message.subject.as_deref());
        lines.optional_number(message.date);
        lines.optional(message.message_id.as_deref());
        lines.optional(message.return_path.as_deref());
        lines.list(message.sender.as_slice(), Lines::address);
        for addresses in [
            &message.from,
            &message.to,
            &message.cc,
            &message.bcc,
            &message.reply_to,
        ] {
            lines.list(addresses, Lines::address);
        }
        for texts in [
            &message.delivered_to,
            &message.in_reply_to,
            &message.references,
        ] {
            lines.texts(texts);
        }
        lines.list(message.list.as_slice(), Lines::mailing_list);
        lines.flag(message.may_have_attachments);
        lines.flag(message.may_have_html);
        lines.flag(message.has_report);
        lines.number(message.body_start);
        lines.0
    }

    /// What the header does not say: a line with the lengths in UTF-16 of three texts, and the texts.
    /// They are the attachments and the report in lines, the plain text, and the HTML; of the last two
    /// the length is empty where there is none.
    pub(crate) fn body(body: &Body<'_>) -> String {
        let mut table = Lines::default();
        table.list(&body.attachments, |lines, part| {
            lines.optional(part.name.as_deref());
            lines.value(&part.media_type);
            lines.optional(part.disposition.as_deref());
            lines.optional(part.content_id.as_deref());
            lines.optional(part.description.as_deref());
            lines.optional(part.method.as_deref());
            lines.optional(part.charset.as_deref());
            lines.flag(part.related);
            lines.flag(part.inline);
            lines.optional(part.encoding.as_deref());
            lines.number(part.start);
            lines.number(part.end);
        });
        table.list(body.report.as_slice(), Lines::report);
        let texts = [Some(&table.0), body.plain.as_ref(), body.html.as_ref()];
        let octets: usize = texts.into_iter().flatten().map(String::len).sum();
        let mut lines = Lines(String::with_capacity(octets + 64));
        for (at, text) in texts.into_iter().enumerate() {
            if at > 0 {
                lines.0.push(' ');
            }
            if let Some(text) = text {
                lines.0.push_str(&units(text).to_string());
            }
        }
        lines.0.push('\n');
        for text in texts.into_iter().flatten() {
            lines.0.push_str(text);
        }
        lines.0
    }

    /// All fields of a header.
    pub(crate) fn headers(fields: &[HeaderField]) -> String {
        let mut lines = Lines(String::with_capacity(4_096));
        lines.list(fields, |lines, field| {
            lines.value(&field.name);
            lines.value(&field.value);
            lines.number(field.start);
            lines.number(field.end);
        });
        lines.0
    }

    /// The way of a message.
    pub(crate) fn received(hops: &[Received]) -> String {
        let mut lines = Lines::default();
        lines.list(hops, |lines, hop| {
            for text in [
                &hop.from,
                &hop.ip,
                &hop.by,
                &hop.with,
                &hop.id,
                &hop.recipient,
            ] {
                lines.optional(text.as_deref());
            }
            lines.optional_number(hop.date);
        });
        lines.0
    }

    fn address(&mut self, address: &Address) {
        self.optional(address.name.as_deref());
        self.value(&address.address);
        self.optional(address.group.as_deref());
    }

    fn mailing_list(&mut self, list: &MailingList) {
        self.optional(list.id.as_deref());
        self.optional(list.name.as_deref());
        for urls in [&list.post, &list.help, &list.subscribe, &list.unsubscribe] {
            self.texts(urls);
        }
        self.flag(list.one_click);
        self.texts(&list.owner);
        self.texts(&list.archive);
    }

    fn report(&mut self, report: &Report) {
        self.value(&report.report_type);
        self.list(&report.fields, Lines::field);
        self.list(&report.recipients, |lines, recipient| {
            for text in [
                &recipient.original_recipient,
                &recipient.final_recipient,
                &recipient.action,
                &recipient.status,
                &recipient.diagnostic,
            ] {
                lines.optional(text.as_deref());
            }
            lines.list(&recipient.fields, Lines::field);
        });
    }

    fn field(&mut self, field: &ReportField) {
        self.value(&field.name);
        self.value(&field.value);
    }

    /// How many there are, and each.
    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Lines, &T)) {
        self.number(items.len());
        for item in items {
            write(self, item);
        }
    }

    fn texts(&mut self, texts: &[String]) {
        self.list(texts, |lines, text| lines.value(text));
    }

    fn optional(&mut self, text: Option<&str>) {
        if text == Some("") {
            self.0.push(EMPTY);
        }
        self.value(text.unwrap_or_default());
    }

    fn optional_number(&mut self, number: Option<i64>) {
        match number {
            Some(number) => self.value(&number.to_string()),
            None => self.0.push('\n'),
        }
    }

    fn number(&mut self, number: usize) {
        match u8::try_from(number) {
            Ok(digit @ 0..=9) => self.0.extend([char::from(b'0' + digit), '\n']),
            _ => self.value(&number.to_string()),
        }
    }

    fn flag(&mut self, flag: bool) {
        self.number(usize::from(flag));
    }

    /// Values are on one line; a sender must not be able to make two of one.
    fn value(&mut self, text: &str) {
        if memchr2(b'\n', b'\0', text.as_bytes()).is_some() {
            self.0.push_str(&text.replace(['\n', EMPTY], " "));
        } else {
            self.0.push_str(text);
        }
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_on_its_line() {
        let mut lines = Lines::default();
        lines.value("a\nb\0c");
        lines.optional(Some(""));
        lines.optional(None);
        lines.optional(Some("\0"));
        lines.number(9);
        lines.number(10);
        assert_eq!(lines.0, "a b c\n\0\n\n \n9\n10\n");
    }

    #[test]
    fn texts_are_told_apart_by_their_lengths() {
        let body = Body {
            plain: Some("\u{1f600}\n".to_owned()),
            html: Some(String::new()),
            ..Body::default()
        };
        assert_eq!(Lines::body(&body), "4 3 0\n0\n0\n\u{1f600}\n");
    }
}
