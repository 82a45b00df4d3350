//! Which folder of the page may import which: the arrows of ARCHITECTURE.md.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::root;

/// A folder of `www/src`, and what its files must not import.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("views", &["worker"]),
    ("store", &["views"]),
    ("worker", &["views", "store"]),
    ("lib", &["views", "store", "worker"]),
];

/// Packages whose values, not just types, one folder alone may have.
const CONFINED: [(&str, &str); 3] = [
    ("pop3-wasm", "worker"),
    ("pop3-wasm/message", "worker"),
    ("comlink", "worker"),
];

/// Fails with every import that goes against an arrow.
pub(crate) fn check() -> Result<()> {
    let mut found = Vec::new();
    for (folder, forbidden) in FORBIDDEN {
        for path in files(&root().join("www/src").join(folder))? {
            let text = fs::read_to_string(&path)?;
            found.extend(against(folder, forbidden, &path, &text));
        }
    }
    if !found.is_empty() {
        bail!("{}", found.join("\n"));
    }
    Ok(())
}

/// The files of a folder and of all folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.extend(files(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn against(folder: &str, forbidden: &[&str], path: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for import in imports(text) {
        // From a folder inside, there are more steps up.
        let above = import.from.trim_start_matches("../");
        let breaks = |name: &&str| {
            above != import.from
                && above
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let confined = CONFINED
            .iter()
            .any(|(name, owner)| import.from == *name && folder != *owner && !import.types);
        if forbidden.iter().any(breaks) || confined {
            found.push(format!(
                "{}: {folder} must not import {}",
                path.display(),
                import.from
            ));
        }
        // The package is used by its name, as any user would.
        if import.from.contains("client-wasm") {
            found.push(format!("{}: imports {}", path.display(), import.from));
        }
    }
    found
}

struct Import<'a> {
    from: &'a str,
    /// `import type`: nothing of it is left in the bundle.
    types: bool,
}

/// Import statements begin a line and end with a quoted specifier, perhaps lines below.
fn imports(text: &str) -> Vec<Import<'_>> {
    let begin = |(at, _): &(usize, &str)| {
        *at == 0 || text.get(..*at).is_some_and(|before| before.ends_with('\n'))
    };
    text.match_indices("import ")
        .filter(begin)
        .filter_map(|(at, _)| {
            let statement = text.get(at..)?.split(';').next()?;
            let mut quoted = statement.split(['\'', '"']);
            Some(Import {
                from: quoted.nth(1)?,
                types: statement.starts_with("import type "),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{against, imports};
    use std::path::Path;

    const TEXT: &str = "import { a } from '../worker/a.ts';\n\
        import type {\n  B,\n  C,\n} from 'pop3-wasm';\n\
        import './d.ts';\n\
        import f from '../../store/f.ts';\n\
        const text = 'import e';\n";

    #[test]
    fn imports_are_found_over_several_lines() {
        let found: Vec<_> = imports(TEXT).iter().map(|i| (i.from, i.types)).collect();
        assert_eq!(
            found,
            [
                ("../worker/a.ts", false),
                ("pop3-wasm", true),
                ("./d.ts", false),
                ("../../store/f.ts", false)
            ]
        );
    }

    #[test]
    fn an_import_against_the_arrows_is_told() {
        let path = Path::new("x.ts");
        assert_eq!(against("views", &["worker"], path, TEXT).len(), 1);
        assert_eq!(against("store", &["views"], path, TEXT).len(), 0);
        assert_eq!(against("lib", &["views", "store"], path, TEXT).len(), 1);
        let value = TEXT.replace("import type", "import");
        assert_eq!(against("store", &["views"], path, &value).len(), 1);
        assert_eq!(against("worker", &["views"], path, &value).len(), 0);
    }
}
