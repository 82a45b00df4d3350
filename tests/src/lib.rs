//! The harness that the tests share: real servers, fake upstreams, certificates.
//!
//! Everything runs on the loopback interface, on ports that the system chooses, under temporary
//! folders, and as root as well as under an ordinary user. Whatever is started ends with the value
//! that stands for it, and with the test process at the latest, however that ends.
//!
//! | module | what it gives |
//! |---|---|
//! | [`certificates`] | an authority, and server certificates good and bad |
//! | [`dovecot`] | a real POP3 server with its own configuration |
//! | [`servers`] | two of other families, and what all have in common |
//! | [`corpus`] | messages of every kind |
//! | [`client`] | the protocol core on a socket |
//! | [`mailbox`] | throw-away users and their mail |
//! | [`upstream`] | POP3 servers that misbehave as told |
//! | [`proxy`] | the proxy, in this process |
//! | [`program`] | the proxy and other programs, in processes of their own |
//! | [`relay`] | a longer way to a server |
//! | [`soak`] | many sessions for a long time, with faults on both sides |
//! | [`footprint`] | what a process holds: memory, files, processor time |
//! | [`websocket`] | a client of the `pop3.v1` tunnel |
//! | [`trials`] | what must hold of the proxy whatever octets come |
//! | [`testbed`] | all of them at once, and the commands of the binary `pop3-testbed` |

pub mod certificates;
pub mod client;
pub mod corpus;
pub mod dovecot;
pub mod footprint;
mod leash;
pub mod mailbox;
pub mod network;
pub mod program;
pub mod proxy;
pub mod relay;
pub mod servers;
pub mod soak;
pub mod testbed;
pub mod trials;
pub mod upstream;
pub mod websocket;

use std::future::Future;
use std::time::Duration;

use anyhow::Context;

/// The longest that a single step of a test may take. Steps that succeed take milliseconds; the
/// limit only turns a hang into a failure that names the step, also on a busy machine.
pub const STEP: Duration = Duration::from_secs(20);

/// Runs `step`, for at most [`STEP`].
///
/// # Errors
/// What the step's own error was, or that it took too long, with `what` in the text.
pub async fn within<T, E>(what: &str, step: impl Future<Output = Result<T, E>>) -> anyhow::Result<T>
where
    E: Into<anyhow::Error>,
{
    match tokio::time::timeout(STEP, step).await {
        Ok(outcome) => outcome.map_err(Into::into).with_context(|| what.to_owned()),
        Err(_) => anyhow::bail!("{what}: not done after {} s", STEP.as_secs()),
    }
}

/// Waits until `condition` holds, for at most [`STEP`]. For what can only be looked at: a file, a
/// log, a folder.
///
/// # Errors
/// When it does not come to hold, with `what` in the text.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) -> anyhow::Result<()> {
    within(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok::<_, anyhow::Error>(())
    })
    .await
}
