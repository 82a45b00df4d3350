//! The demo mailbox's messages, read as files: none of them, the broken ones included, may leave
//! a reader with replacement characters or with nothing at all.

use std::{fs, path::PathBuf};

use pop3_mail::parse;

use crate::headers;

#[test]
fn each_demo_message_is_readable() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../proxy/src/demo/messages"]
        .iter()
        .collect();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        seen += 1;
        let octets = fs::read(&path).unwrap();
        let message = parse(&octets);
        let name = path.display();
        let shown = message.subject.is_some()
            || message.text().is_some()
            || message.html.is_some()
            || !message.attachments.is_empty()
            || !headers(&octets).is_empty();
        assert!(
            shown || octets.trim_ascii().is_empty(),
            "{name}: nothing to show"
        );
        let subject = message.subject.unwrap_or_default();
        assert!(!subject.contains('\u{fffd}'), "{name}: subject {subject:?}");
        assert!(message.from.iter().all(|author| {
            author
                .name
                .as_ref()
                .is_none_or(|name| !name.contains('\u{fffd}'))
        }));
    }
    assert!(seen > 0, "no message was found");
}
