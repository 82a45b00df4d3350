//! The way of a message: its Received fields.

use mail_parser::{HeaderValue, Host};

use crate::{Received, header::Field, limits};

/// `None` if it is too long to be one.
pub(crate) fn received(field: &Field<'_>) -> Option<Received> {
    if field.line().len() > limits::MAX_PARAMETER_OCTETS {
        return None;
    }
    let HeaderValue::Received(parsed) = field.stream().parse_received() else {
        return Some(Received::default());
    };
    let host = |host: &Host<'_>| match host {
        Host::Name(name) => name.trim().to_owned(),
        Host::IpAddr(address) => address.to_string(),
    };
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Some(Received {
        from: parsed.from.as_ref().map(host),
        ip: parsed.from_ip.map(|address| address.to_string()),
        by: parsed.by.as_ref().map(host),
        with: parsed.with.map(|protocol| protocol.to_string()),
        id: parsed.id.as_deref().and_then(text),
        recipient: parsed.for_.as_deref().and_then(text),
        date: parsed
            .date
            .filter(mail_parser::DateTime::is_valid)
            .map(|date| date.to_timestamp() * 1_000),
    })
}
