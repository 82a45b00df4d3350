//! Every developer command: setup, build, demo, test, check.
fn main() {}
