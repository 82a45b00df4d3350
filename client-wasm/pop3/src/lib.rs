//! The POP3 protocol, sans-I/O: octets and time in, octets and events out.
