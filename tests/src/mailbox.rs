//! Throw-away users of [`Dovecot`](crate::dovecot::Dovecot), and the mail in their Maildirs.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};

/// The owner of the mail where it is not the harness itself: user and group, by number.
pub type Owner = Option<(u32, u32)>;

/// All users of one server.
///
/// A password is made from the user's name and a secret of the server, so that a user can log in
/// the moment it is made: Dovecot looks at a file of users once a second at most.
pub struct Mailboxes {
    root: PathBuf,
    secret: String,
    owner: Owner,
    delivered: AtomicU64,
}

impl Mailboxes {
    /// Keeps the Maildirs in the folder `root`, which is made.
    pub(crate) fn new(root: PathBuf, owner: Owner) -> Result<Self> {
        let secret = format!("{:016x}", RandomState::new().hash_one(&root));
        let mailboxes = Self {
            root,
            secret,
            owner,
            delivered: AtomicU64::new(0),
        };
        fs::create_dir(&mailboxes.root)?;
        mailboxes.own(&mailboxes.root)?;
        Ok(mailboxes)
    }

    /// The password of `user`, or of all users where `user` is `%u`, as Dovecot writes it.
    pub(crate) fn password(&self, user: &str) -> String {
        format!("{}-{user}", self.secret)
    }

    /// Makes `user` with an empty Maildir, and gives the password. A user that exists loses all
    /// mail.
    ///
    /// # Errors
    /// When the name is not 1 to 32 of `a-z 0-9 -`, or the disk refuses.
    pub fn create(&self, user: &str) -> Result<String> {
        let maildir = self.maildir(user)?;
        match fs::remove_dir_all(&maildir) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
        let home = self.root.join(user);
        for folder in [&home, &maildir] {
            fs::create_dir_all(folder)?;
            self.own(folder)?;
        }
        for folder in ["tmp", "new", "cur"] {
            let folder = maildir.join(folder);
            fs::create_dir(&folder)?;
            self.own(&folder)?;
        }
        Ok(self.password(user))
    }

    /// Delivers one message as mail servers do: written under `tmp`, then moved to `new`, so that
    /// no session ever sees half of it. Messages are numbered in the order of delivery.
    ///
    /// # Errors
    /// When there is no such user, or the disk refuses.
    pub fn deliver(&self, user: &str, message: &[u8]) -> Result<()> {
        let maildir = self.existing(user)?;
        // Dovecot numbers new files by their names.
        let number = self.delivered.fetch_add(1, Ordering::Relaxed);
        let name = format!(
            "{}.M{}P{}.harness",
            1_700_000_000 + number,
            number,
            std::process::id()
        );
        let written = maildir.join("tmp").join(&name);
        fs::File::create_new(&written)?.write_all(message)?;
        self.own(&written)?;
        fs::rename(&written, maildir.join("new").join(&name))?;
        Ok(())
    }

    /// How many messages the Maildir holds, read and unread.
    ///
    /// # Errors
    /// When there is no such user, or the disk refuses.
    pub fn count(&self, user: &str) -> Result<usize> {
        let maildir = self.existing(user)?;
        let mut count = 0;
        for folder in ["new", "cur"] {
            for entry in fs::read_dir(maildir.join(folder))? {
                entry?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn existing(&self, user: &str) -> Result<PathBuf> {
        let maildir = self.maildir(user)?;
        ensure!(maildir.is_dir(), "there is no user {user}");
        Ok(maildir)
    }

    fn maildir(&self, user: &str) -> Result<PathBuf> {
        let plain =
            |octet: u8| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-';
        let sound = (1..=32).contains(&user.len()) && user.bytes().all(plain);
        ensure!(sound, "a user's name has 1 to 32 of a-z, 0-9 and -");
        Ok(self.root.join(user).join("Maildir"))
    }

    fn own(&self, path: &Path) -> Result<()> {
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("giving {} to user {user}", path.display()))?;
        }
        Ok(())
    }
}
