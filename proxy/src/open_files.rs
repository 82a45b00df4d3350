//! The limit for open files, which is the one that many sessions meet first.

/// Raises the number of files that this process may open to the system's limit for it, and warns
/// where that is not enough. The soft limit that most systems begin with is for the sake of programs
/// that use select(2), which this one does not.
pub(crate) fn allow(wanted: u64) {
    let allowed = match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(allowed) => allowed,
        Err(error) => {
            tracing::warn!(%error, "the limit for open files is unknown");
            return;
        }
    };
    if allowed < wanted {
        tracing::warn!(
            "max-sessions needs {wanted} open files, and the system allows {allowed}; raise the \
             limit (ulimit -n, LimitNOFILE), or lower max-sessions"
        );
    }
}
