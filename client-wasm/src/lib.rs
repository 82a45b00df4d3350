//! POP3 for JavaScript: the bindings of pop3-proto and pop3-mail.
