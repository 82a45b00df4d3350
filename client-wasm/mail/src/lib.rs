//! A mail message from raw octets: summary, bodies, attachments.
