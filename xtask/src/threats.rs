//! The threat model in SECURITY.md: each promise names the tests that hold it, and each of them is
//! there.

use anyhow::{Result, bail, ensure};
use std::fs;

use crate::run::{output, program, root};

const DOCUMENT: &str = ".github/SECURITY.md";

/// Fails with every test that is named and is none.
pub(crate) fn check() -> Result<()> {
    let listed =
        output(program("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut code = String::new();
    let is_test = |path: &&str| path.ends_with(".rs") || path.contains(".test.");
    for path in listed.lines().filter(is_test) {
        // A file that was removed but not yet committed is still listed.
        code.push_str(&fs::read_to_string(root().join(path)).unwrap_or_default());
    }
    let text = fs::read_to_string(root().join(DOCUMENT))?;
    let rows = rows(&text);
    ensure!(rows.len() > 10, "{DOCUMENT}: no table of threats");
    let mut missing = Vec::new();
    for row in rows {
        ensure!(
            !row.tests.is_empty(),
            "{DOCUMENT}: no test holds: {}",
            row.promise
        );
        let there = |name: &&&str| {
            code.contains(&format!("fn {name}(")) || code.contains(&format!("'{name}'"))
        };
        missing.extend(row.tests.iter().filter(|name| !there(name)).copied());
    }
    if !missing.is_empty() {
        bail!("{DOCUMENT}: no such tests:\n{}", missing.join("\n"));
    }
    Ok(())
}

struct Row<'a> {
    promise: &'a str,
    /// Functions of Rust, or titles of JavaScript.
    tests: Vec<&'a str>,
}

/// The rows of tables with three columns, save for their heads.
fn rows(text: &str) -> Vec<Row<'_>> {
    let cells = text.lines().filter_map(|line| {
        let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
        match line.split(" | ").collect::<Vec<_>>().as_slice() {
            [_, "promise", _] => None,
            [_, promise, tests] => Some((*promise, *tests)),
            _ => None,
        }
    });
    let rows = cells.map(|(promise, tests)| Row {
        promise,
        tests: tests.split('`').skip(1).step_by(2).collect(),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn tests_are_the_code_of_the_last_column() {
        let text =
            "| attack | promise | tests |\n|---|---|---|\n| a | b `c` | `d`, `e f` |\n| x | y |\n";
        let rows = rows(text);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].promise, "b `c`");
        assert_eq!(rows[0].tests, ["d", "e f"]);
    }
}
