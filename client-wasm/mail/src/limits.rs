//! Bounds that keep the work linear in the size of the message, whatever it holds. Each is far
//! above what honest mail needs; what lies beyond is left out or left whole, never an error.

/// Header fields kept for one entity; those after it are skipped.
pub const MAX_FIELDS: usize = 2_000;

/// Octets of one field's value that are looked at.
pub const MAX_FIELD_OCTETS: usize = 256 * 1024;

/// Octets of a field that says how to read the message, such as Content-Type, and of the name of
/// any field.
pub const MAX_PARAMETER_OCTETS: usize = 16 * 1024;

/// Multiparts inside one another; a deeper one becomes an attachment as it stands.
pub const MAX_DEPTH: usize = 32;

/// Parts of one message, counted at all depths; those after it are skipped.
pub const MAX_PARTS: usize = 1_000;

/// Characters of an attachment's name.
pub const MAX_NAME_CHARS: usize = 200;
