//! A Unix socket at a path: made with its permissions, in the place of one that a dead process left,
//! and taken away at the end.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use crate::config::Mode;

/// The socket's file, which goes when this is dropped. If by then another process has put its own
/// in the place, that one stays.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl SocketFile {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours =
            fs::symlink_metadata(&self.path).is_ok_and(|file| identity(&file) == self.identity);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the socket could not be removed");
        }
    }
}

fn identity(file: &fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Listens at `path`.
///
/// The socket is made under another name, and moved when it has its permissions: nobody gets in by
/// those that the umask leaves, and a client finds either the socket before or this one.
pub(super) async fn bind(path: &Path, mode: Mode) -> io::Result<(UnixListener, SocketFile)> {
    check_place(path).await?;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let listener = UnixListener::bind(&fresh)?;
    let moved = fs::set_permissions(&fresh, fs::Permissions::from_mode(mode.bits()))
        .and_then(|()| fs::rename(&fresh, path))
        .and_then(|()| fs::symlink_metadata(path));
    match moved {
        Ok(file) => {
            let file = SocketFile {
                path: path.to_owned(),
                identity: identity(&file),
            };
            Ok((listener, file))
        }
        Err(error) => {
            let _ = fs::remove_file(&fresh);
            Err(error)
        }
    }
}

/// Whether the place is free: nothing is there, or a socket on which nobody listens.
async fn check_place(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(file) if file.file_type().is_socket() => match UnixStream::connect(path).await {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(ErrorKind::AddrInUse.into()),
        },
        Ok(_) => Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "something that is no socket is there; move it away, or choose another path",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
