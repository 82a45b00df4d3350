//! SIGHUP: the configuration is read again, while sessions go on.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use pop3_proxy::{Config, ConfigError, Control};

use crate::cli::Overrides;
use crate::log::Log;
use crate::open_files;
use crate::service;
use crate::signals::Hangup;

/// Where a configuration comes from.
#[derive(Clone)]
pub(crate) struct Source {
    file: PathBuf,
    overrides: Overrides,
}

impl Source {
    pub(crate) fn new(file: PathBuf, overrides: Overrides) -> Self {
        Self { file, overrides }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The file as it is now, with the flags and the environment of the start.
    pub(crate) fn read(&self) -> Result<Config, ConfigError> {
        let mut config = Config::load(&self.file)?;
        self.overrides.clone().apply(&mut config);
        Ok(config)
    }
}

/// Reads the configuration anew at each SIGHUP. One that is wrong changes nothing.
pub(crate) async fn at_each(
    mut hangup: Hangup,
    source: Source,
    control: Control,
    log: Log,
) -> Infallible {
    loop {
        hangup.told().await;
        service::reloading();
        let (source, control, log) = (source.clone(), control.clone(), log.clone());
        // Reading files may take its time.
        let reading = tokio::task::spawn_blocking(move || reload(&source, &control, &log));
        if let Err(problem) = reading.await.unwrap_or_else(|panic| Err(panic.to_string())) {
            tracing::error!("the configuration stays as it was: {problem}");
        }
        service::ready();
    }
}

fn reload(source: &Source, control: &Control, log: &Log) -> Result<(), String> {
    let config = source.read().map_err(|error| error.to_string())?;
    let fixed = control.reload(&config).map_err(|error| error.to_string())?;
    log.set_level(config.log);
    for key in fixed {
        tracing::warn!("the new value of {key} has no effect before the next start");
    }
    open_files::allow(control.most_open_files());
    tracing::info!(servers = config.servers.len(), "configuration reloaded");
    Ok(())
}
