//! The demo mailbox: a POP3 server inside this process, with mail worth looking at.
//!
//! It speaks [RFC 1939](https://www.rfc-editor.org/rfc/rfc1939) with TOP, UIDL and USER, and the
//! CAPA and pipelining of [RFC 2449](https://www.rfc-editor.org/rfc/rfc2449). Its one mailbox
//! belongs to [`USER`]. What a session deletes is gone for the later ones, as in any mailbox; all of
//! it is back when the process starts anew, under the same unique-ids.
//!
//! It has a published password and no TLS, so it listens on loopback addresses only.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use pop3_proxy::demo;
//!
//! let server = demo::Server::bind(([127, 0, 0, 1], 0).into()).await?;
//! println!("{} signs in at {}", demo::USER, server.local_addr());
//! server.run(std::future::ready(())).await;
//! # Ok(())
//! # }
//! ```

mod command;
mod image;
mod mailbox;
mod messages;
mod server;
mod session;
mod wire;

pub use server::Server;

/// The name of the mailbox.
pub const USER: &str = "demo";

/// The password of the mailbox, which is no secret.
pub const PASSWORD: &str = "demo";
