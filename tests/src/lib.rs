//! The harness that the tests share: real servers, fake upstreams, certificates.
