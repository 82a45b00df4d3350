//! What the proxy logs while a test runs on this thread.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use tracing_subscriber::filter::LevelFilter;

thread_local! {
    /// The lines logged on this thread, once somebody wants them.
    static LINES: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Collects every line that is logged on this thread until it is dropped. A test, and the proxy that
/// it starts, have a thread of their own.
pub struct Log(());

/// Writes to the thread's own lines.
struct Own;

impl Log {
    pub fn capture() -> Self {
        // One for the whole process: those of single threads come and go, and tracing may by then
        // have taken note that nobody listens.
        static SUBSCRIBED: Once = Once::new();
        SUBSCRIBED.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(|| Own)
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
        });
        LINES.set(Some(Vec::new()));
        Self(())
    }

    pub fn text(&self) -> String {
        LINES.with_borrow(|lines| String::from_utf8_lossy(lines.as_ref().unwrap()).into_owned())
    }

    /// The line that holds this, which must be exactly one.
    pub fn line(&self, part: &str) -> String {
        let text = self.text();
        let found: Vec<&str> = text.lines().filter(|line| line.contains(part)).collect();
        match found.as_slice() {
            [line] => (*line).to_owned(),
            _ => panic!("{} lines with {part:?} in:\n{text}", found.len()),
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        LINES.set(None);
    }
}

impl Write for Own {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                lines.extend_from_slice(octets);
            }
        });
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
