//! A gateway that carries POP3 sessions from WebSockets to mail servers, and serves the inbox page.
//!
//! A page, or a program, opens a WebSocket for one session with one of the servers that the
//! [configuration](Config) names, and finds POP3 octets in its frames. `PROTOCOL.md` says exactly
//! how. What the octets say is never looked at, kept or logged.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let config = pop3_proxy::Config::from_toml(
//!     r#"
//!     listen = "127.0.0.1:0"
//!     [servers.work]
//!     host = "pop.example.org"
//!     "#,
//! )?;
//! let proxy = pop3_proxy::Proxy::bind(config).await?;
//! println!("{}", proxy.urls().collect::<Vec<_>>().join(" "));
//! proxy.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
//! # Ok(())
//! # }
//! ```

mod access;
mod close;
mod control;
mod http;
mod limits;
mod listen;
mod metrics;
mod mode;
mod proxy;
mod serve;
mod session;
mod settings;
mod state;
mod tunnel;
mod typed_hosts;
mod upstream;
mod wire;

pub mod config;
pub mod demo;

pub use config::{Config, ConfigError};
pub use control::Control;
pub use listen::ListenError;
pub use proxy::{BindError, Proxy};
pub use upstream::{Network, SystemNetwork};
