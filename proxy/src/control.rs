//! What may be asked of a proxy that runs: other settings.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::listen::Place;
use crate::proxy::{BindError, most_open_files};
use crate::serve::LAST_WORDS;
use crate::settings::Settings;
use crate::state::State;
use crate::upstream::forget_platform_roots;

/// A grip on a proxy, good before, while and after it runs.
#[derive(Clone)]
pub struct Control {
    state: Arc<State>,
    places: Arc<[Place]>,
    started: Arc<Config>,
}

impl Control {
    pub(crate) fn new(state: Arc<State>, places: Vec<Place>, started: Config) -> Self {
        Self {
            state,
            places: places.into(),
            started: Arc::new(started),
        }
    }

    /// Puts another configuration in the place of the present one, and reads the system's authorities
    /// anew. Sessions that run keep what they
    /// were admitted under, also where there are now more of them than `max-sessions`.
    ///
    /// Returns the keys whose new value has no effect before the next start, because they cannot
    /// change while the proxy runs.
    ///
    /// # Errors
    /// [`BindError`], whose message is one line, if the configuration is of no use. The present one
    /// stays as a whole.
    pub fn reload(&self, config: &Config) -> Result<Vec<&'static str>, BindError> {
        config.check()?;
        forget_platform_roots();
        self.state.replace(Settings::new(config, &self.places)?);
        Ok(self.started.fixed_keys_that_differ(config))
    }

    /// Ends the sessions of a proxy that was told to stop, before their grace is over.
    pub fn end_sessions(&self) {
        self.state.close();
    }

    /// Files and sockets that the proxy may have open at the same time. The system should allow as
    /// many.
    #[must_use]
    pub fn most_open_files(&self) -> u64 {
        most_open_files(&self.state)
    }

    /// The longest that the proxy takes to stop: `shutdown-grace`, and the time for the goodbyes
    /// after it.
    #[must_use]
    pub fn longest_shutdown(&self) -> Duration {
        self.state.settings().shutdown_grace + 2 * LAST_WORDS
    }
}
