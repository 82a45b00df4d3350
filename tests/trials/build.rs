//! Takes the suite's data files into the program, since there are no files in a browser.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut source = String::new();
    for (name, folder, extension) in [
        ("TRANSCRIPTS", "transcripts", "txt"),
        ("MESSAGES", "mail/fixtures", "eml"),
        ("DEMO_MESSAGES", "../proxy/src/demo/messages", "eml"),
    ] {
        let folder = tests.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        files.retain(|path| path.extension().is_some_and(|found| found == extension));
        files.sort();
        let _ = writeln!(source, "pub(crate) const {name}: &[(&str, &[u8])] = &[");
        for file in files {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let _ = writeln!(source, "({stem:?}, include_bytes!({file:?})),");
        }
        source += "];\n";
    }
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("data.rs"), source)
}
