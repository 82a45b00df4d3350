//! What std would bring to the module that has none: an allocator, which is std's own, and what a
//! panic does.
//!
//! std puts the words of a panic together for nobody, since a module has nowhere to write them, and
//! traps. Here they are not asked for, so the compiler takes away what would make them. rustls
//! needs std, so the module with TLS has it.

use core::panic::PanicInfo;

use dlmalloc::GlobalDlmalloc;

#[global_allocator]
static ALLOCATOR: GlobalDlmalloc = GlobalDlmalloc;

/// Traps, after which `js/instance.js` starts the module anew.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
