//! A gateway that carries POP3 sessions from WebSockets to mail servers, and serves the inbox page.
