//! The machine-readable part of a multipart/report.

use mail_parser::{ContentType, HeaderName, MessageParser, parsers::MessageStream};

use crate::{
    Recipient, Report, ReportField,
    body::Leaf,
    charset::Charsets,
    header::Field,
    limits::{MAX_FIELDS, MAX_RECIPIENTS},
};

/// The parts that a report has for machines.
const TYPES: [&str; 4] = [
    "message/delivery-status",
    "message/global-delivery-status",
    "message/disposition-notification",
    "message/feedback-report",
];

/// The report in a message whose Content-Type this is.
pub(crate) fn report(
    content_type: Option<&Field<'_>>,
    attachments: &[Leaf<'_>],
    charsets: Charsets,
) -> Option<Report> {
    let content_type = content_type?.content_type()?;
    if !is_report(&content_type) {
        return None;
    }
    let part = attachments
        .iter()
        .find(|leaf| TYPES.contains(&leaf.media_type.as_str()));
    let named = content_type.attribute("report-type").map(str::trim);
    let by_part = || part?.media_type.strip_prefix("message/");
    let mut groups = part
        .map(|part| groups(&part.content(), charsets))
        .unwrap_or_default();
    let fields = if groups.is_empty() {
        Vec::new()
    } else {
        groups.remove(0)
    };
    Some(Report {
        report_type: named
            .filter(|word| !word.is_empty())
            .or_else(by_part)
            .unwrap_or_default()
            .to_ascii_lowercase(),
        fields,
        recipients: groups.into_iter().map(recipient).collect(),
    })
}

/// Is a message with this Content-Type a report?
pub(crate) fn is_report(content_type: &ContentType<'_>) -> bool {
    let subtype = content_type.subtype().unwrap_or_default();
    content_type.ctype().eq_ignore_ascii_case("multipart") && subtype.eq_ignore_ascii_case("report")
}

/// The groups of fields, which empty lines part.
fn groups(content: &[u8], charsets: Charsets) -> Vec<Vec<ReportField>> {
    let parser = MessageParser::new()
        .header_raw(HeaderName::Other("-".into()))
        .default_header_ignore();
    let mut stream = MessageStream::new(content);
    let mut groups = Vec::new();
    let mut left = MAX_FIELDS;
    loop {
        let mut headers = Vec::new();
        let more = stream.parse_headers(&parser, &mut headers);
        let fields = headers.iter().take(left);
        let fields = fields.filter_map(|header| Field::new(content, header, charsets));
        let group: Vec<ReportField> = fields
            .map(|field| ReportField {
                name: field.name.to_owned(),
                value: field.text(),
            })
            .collect();
        left -= group.len();
        if !group.is_empty() {
            groups.push(group);
        }
        if !more || left == 0 || groups.len() > MAX_RECIPIENTS {
            return groups;
        }
    }
}

fn recipient(fields: Vec<ReportField>) -> Recipient {
    let value = |name: &str| {
        let field = fields.iter().find(|f| f.name.eq_ignore_ascii_case(name));
        field.map(|field| field.value.clone())
    };
    // rfc822;user@example.org
    let untyped = |name| {
        let value: String = value(name)?;
        let rest = value
            .split_once(';')
            .map_or(value.as_str(), |(_, rest)| rest);
        Some(rest.trim().to_owned())
    };
    Recipient {
        original_recipient: untyped("Original-Recipient"),
        final_recipient: untyped("Final-Recipient"),
        action: value("Action").map(|action| action.to_ascii_lowercase()),
        status: value("Status"),
        diagnostic: untyped("Diagnostic-Code"),
        fields,
    }
}
