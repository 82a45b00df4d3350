//! Deviations of real servers that are borne with.
