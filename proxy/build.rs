//! Has the page embedded anew when it was built anew.

use std::path::Path;

fn main() {
    // While the page is missing its folder cannot be watched: the file that would never be found
    // would have everything compiled each time. Its parent notices that the page appears.
    let dist = Path::new("../www/dist");
    let watched = if dist.exists() {
        dist
    } else {
        Path::new("../www")
    };
    println!("cargo:rerun-if-changed={}", watched.display());
}
