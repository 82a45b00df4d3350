//! What a process holds, as Linux counts it: memory, open files, processor time.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::time::Duration;

use anyhow::{Context, Result};

/// Clock ticks a second in `/proc`; the same on every Linux (`USER_HZ`).
const TICKS: u64 = 100;

/// What a process and its descendants hold at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Memory that is really there, in octets. What processes share counts once, in parts.
    pub memory: u64,
    /// Open files and sockets.
    pub files: usize,
    /// Processes.
    pub processes: usize,
    /// Processor time used so far, in user and kernel mode.
    pub processor: Duration,
}

impl Footprint {
    /// Looks at the process `root` and all below it.
    ///
    /// # Errors
    /// When there is no such process, or it is not ours to look at.
    pub fn of(root: u32) -> Result<Self> {
        let mut sum = Self::default();
        let children = children()?;
        let mut waiting = vec![root];
        while let Some(process) = waiting.pop() {
            match Self::of_one(process) {
                Ok(one) => sum.add(one),
                // Of the descendants one may end while we look.
                Err(_) if process != root => continue,
                Err(error) => return Err(error),
            }
            waiting.extend(children.get(&process).into_iter().flatten());
        }
        Ok(sum)
    }

    fn of_one(process: u32) -> Result<Self> {
        let folder = format!("/proc/{process}");
        let maps = fs::read_to_string(format!("{folder}/smaps_rollup"))
            .with_context(|| format!("process {process}"))?;
        let kilobytes = maps
            .lines()
            .find_map(|line| line.strip_prefix("Pss:")?.strip_suffix("kB"))
            .context("no Pss in smaps_rollup")?;
        let fields = Stat::read(process)?;
        Ok(Self {
            memory: kilobytes.trim().parse::<u64>()? * 1024,
            files: fs::read_dir(format!("{folder}/fd"))?.count(),
            processes: 1,
            processor: Duration::from_millis(fields.ticks * 1000 / TICKS),
        })
    }

    fn add(&mut self, other: Self) {
        self.memory += other.memory;
        self.files += other.files;
        self.processes += other.processes;
        self.processor += other.processor;
    }
}

/// Of `/proc/PID/stat`, what is of use here.
struct Stat {
    parent: u32,
    ticks: u64,
}

impl Stat {
    fn read(process: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in brackets, may hold anything, blanks included.
        let (_, rest) = text.rsplit_once(") ").context("no name in stat")?;
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |index: usize| -> Result<u64> {
            let field = fields.get(index).context("a short stat")?;
            Ok(field.parse()?)
        };
        Ok(Self {
            parent: u32::try_from(number(1)?)?,
            ticks: number(11)? + number(12)?,
        })
    }
}

/// Every process by its parent.
fn children() -> io::Result<BTreeMap<u32, Vec<u32>>> {
    let mut children = BTreeMap::<u32, Vec<u32>>::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        if let Ok(stat) = Stat::read(process) {
            children.entry(stat.parent).or_default().push(process);
        }
    }
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::Footprint;

    #[test]
    fn this_process_has_a_footprint_that_grows_with_what_it_holds() {
        let before = Footprint::of(std::process::id()).unwrap();
        let held = vec![1_u8; 32 << 20];
        let files: Vec<_> = (0..10)
            .map(|_| std::fs::File::open("/dev/null").unwrap())
            .collect();
        let after = Footprint::of(std::process::id()).unwrap();
        assert!(after.memory >= before.memory + (24 << 20), "{after:?}");
        assert!(after.files >= before.files + 10, "{after:?}");
        drop((held, files));
    }
}
