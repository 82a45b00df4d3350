//! What a message has for machines: reports, calendars, lists, the trace, and where each field is.

use pop3_mail::{ReportField, encoding_rs, header, parse};

use crate::octets;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_delivery_report_says_what_became_of_the_message_for_each_recipient() {
    let octets = octets("report-delivery");
    let message = parse(octets);
    assert_eq!(message.return_path.as_deref(), Some(""));
    let report = message.report.unwrap();
    assert_eq!(report.report_type, "delivery-status");
    let field = |name: &str, value: &str| ReportField {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(
        report.fields,
        [
            field("Reporting-MTA", "dns; mx.example.org"),
            field("Arrival-Date", "Tue, 3 Mar 2026 09:15:00 +0100"),
        ]
    );
    let [gone, slow] = &report.recipients[..] else {
        panic!("two recipients: {:?}", report.recipients);
    };
    assert_eq!(gone.original_recipient.as_deref(), Some("anna@example.net"));
    assert_eq!(
        gone.final_recipient.as_deref(),
        Some("anna+box@example.net")
    );
    assert_eq!(gone.action.as_deref(), Some("failed"));
    assert_eq!(gone.status.as_deref(), Some("5.1.1"));
    assert_eq!(
        gone.diagnostic.as_deref(),
        Some("550 5.1.1 <anna+box@example.net>; no such user")
    );
    assert_eq!(gone.fields.len(), 5);
    assert_eq!(slow.action.as_deref(), Some("delayed"));
    assert_eq!(slow.original_recipient, None);
    let types: Vec<_> = message
        .attachments
        .iter()
        .map(|a| a.media_type.as_str())
        .collect();
    assert_eq!(types, ["message/delivery-status", "message/rfc822"]);
    let inside = message.attachments[1].content();
    assert_eq!(parse(&inside).subject.as_deref(), Some("Lunch"));
}

#[test]
fn a_report_without_its_part_has_a_type_alone() {
    let octets = b"Content-Type: multipart/report; report-type=Feedback-Report; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n";
    let report = parse(octets).report.unwrap();
    assert_eq!(report.report_type, "feedback-report");
    assert_eq!((report.fields.len(), report.recipients.len()), (0, 0));
    assert_eq!(parse(b"Content-Type: text/plain\r\n\r\n").report, None);
}

#[test]
fn an_invitation_is_an_attachment_with_its_method_and_text() {
    let octets = octets("calendar");
    let message = parse(octets);
    let [calendar] = &message.attachments[..] else {
        panic!("one attachment: {:?}", message.attachments);
    };
    assert_eq!(calendar.media_type, "text/calendar");
    assert_eq!(calendar.method.as_deref(), Some("REQUEST"));
    assert_eq!(calendar.description.as_deref(), Some("Einladung für Anna"));
    let text = calendar.text(encoding_rs);
    assert!(text.contains("SUMMARY:Frühstück\r\n"), "{text}");
    assert_eq!(message.plain.as_deref(), Some("Come!\n"));
}

#[test]
fn a_mailing_list_says_where_to_leave() {
    let octets = octets("list");
    let message = parse(octets);
    let list = message.list.unwrap();
    assert_eq!(list.id.as_deref(), Some("boats.example.org"));
    assert_eq!(list.name.as_deref(), Some("Boote & Bücher"));
    assert_eq!(list.post, ["mailto:boats@example.org"]);
    assert_eq!(
        list.unsubscribe,
        [
            "https://example.org/leave?list=boats&token=abc",
            "mailto:boats-request@example.org?subject=leave"
        ]
    );
    assert!(list.one_click);
    assert_eq!(list.archive, ["https://example.org/archive/"]);
    assert_eq!(list.help, ["https://example.org/help"]);
    assert_eq!(message.sender.unwrap().address, "boats-bounces@example.org");
    assert_eq!(
        message.return_path.as_deref(),
        Some("boats-bounces@example.org")
    );
    assert_eq!(message.delivered_to, ["me@example.com", "old@example.net"]);
    assert_eq!(message.bcc[0].address, "archive@example.org");
    assert_eq!(parse(b"Subject: x\r\n\r\n").list, None);
}

#[test]
fn the_trace_names_each_hop() {
    let octets = octets("list");
    let received = header(octets, encoding_rs).received;
    let [last, first] = &received[..] else {
        panic!("two hops: {received:?}");
    };
    assert_eq!(last.from.as_deref(), Some("out.example.org"));
    assert_eq!(last.ip.as_deref(), Some("192.0.2.7"));
    assert_eq!(last.by.as_deref(), Some("mx.example.com"));
    assert_eq!(last.with.as_deref(), Some("ESMTPS"));
    assert_eq!(last.id.as_deref(), Some("4Abc1"));
    assert_eq!(last.recipient.as_deref(), Some("me@example.com"));
    assert_eq!(last.date, Some(1_772_525_700_000));
    assert_eq!(first.by.as_deref(), Some("out.example.org"));
}

#[test]
fn fields_say_where_their_octets_are() {
    let octets = octets("list");
    let message = parse(octets);
    let fields = header(octets, encoding_rs).headers;
    let raw: Vec<u8> = fields
        .iter()
        .flat_map(|f| octets[f.start..f.end].to_vec())
        .collect();
    let body = message.body_start;
    assert_eq!(
        raw,
        octets[..body - 2],
        "all of the header but the empty line"
    );
    assert_eq!(&octets[body - 4..body], b"\r\n\r\n");
    let alone = header(&octets[..body], encoding_rs).headers;
    assert_eq!(alone, fields, "the header alone will do");
    let id = fields.iter().find(|field| field.name == "List-ID").unwrap();
    let sent: &[u8] = b"List-ID: =?utf-8?Q?Boote_&_B=C3=BCcher?=\r\n <boats.example.org>\r\n";
    assert_eq!(&octets[id.start..id.end], sent);
}

#[test]
fn parts_of_a_related_multipart_are_told_apart() {
    let octets = octets("nested-multiparts");
    let message = parse(octets);
    let related: Vec<_> = message.attachments.iter().map(|a| a.related).collect();
    assert_eq!(related, [true, true, false, false, false]);
}

#[test]
fn what_is_not_encoded_is_not_copied() {
    let octets = octets("report-delivery");
    let message = parse(octets);
    let part = &message.attachments[0];
    assert_eq!(part.encoding, None);
    assert_eq!(part.content().as_ptr(), octets[part.start..].as_ptr());
    assert_eq!(part.content().len(), part.end - part.start);
}
