//! The demo mailbox's messages, read as files: none of them, the broken ones included, may leave
//! a reader with replacement characters or with nothing at all.

use pop3_mail::parse;

use crate::headers;
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn each_demo_message_is_readable() {
    let messages = pop3_trials::demo_messages();
    assert!(!messages.is_empty());
    for (name, octets) in messages {
        let message = parse(octets);
        let shown = message.subject.is_some()
            || message.text().is_some()
            || message.html.is_some()
            || !message.attachments.is_empty()
            || !headers(octets).is_empty();
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
}
