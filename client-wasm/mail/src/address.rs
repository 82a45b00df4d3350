//! Address fields ([RFC 5322, section 3.4](https://www.rfc-editor.org/rfc/rfc5322#section-3.4)).

use mail_parser::{HeaderValue, parsers::MessageStream};

use crate::{Address, encoded_word, field::Entity};

/// The mailboxes of every field of that name, groups flattened.
pub(crate) fn list(entity: &Entity<'_>, name: &str) -> Vec<Address> {
    let mut list = Vec::new();
    for field in entity.fields.iter().filter(|field| field.is(name)) {
        parse(&field.unfolded(), &mut list);
    }
    list
}

fn parse(value: &[u8], list: &mut Vec<Address>) {
    // The parser wants the line end that closes the field.
    let line = encoded_word::normalise(value) + "\n";
    let HeaderValue::Address(parsed) = MessageStream::new(line.as_bytes()).parse_address() else {
        return;
    };
    for mailbox in parsed.into_list() {
        let name = mailbox
            .name
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        let address = mailbox
            .address
            .map(|address| address.trim().to_owned())
            .unwrap_or_default();
        match name {
            // A bare address that the sender quoted or encoded.
            Some(name) if address.is_empty() && name.contains('@') && !name.contains(' ') => {
                list.push(Address {
                    name: None,
                    address: name,
                });
            }
            None if address.is_empty() => {}
            name => list.push(Address { name, address }),
        }
    }
}
