//! Links the C libraries of hearing and speaking: pocketsphinx, sphinxbase and flite.
//!
//! Only the linker needs them; our declarations are in `src/stt/pocketsphinx/ffi.rs` and
//! `src/tts/flite/ffi.rs`, so no header is read and no bindings are generated.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PKG_CONFIG_PATH");
    match library_folders("pocketsphinx") {
        Some(folders) => {
            for folder in folders {
                println!("cargo::rustc-link-search=native={folder}");
            }
        }
        None => println!(
            "cargo::warning=pkg-config does not know pocketsphinx; if linking fails, install libpocketsphinx-dev and flite1-dev"
        ),
    }
    for library in [
        "pocketsphinx",
        "sphinxbase",
        "flite_cmu_us_slt",
        "flite_usenglish",
        "flite_cmulex",
        "flite",
    ] {
        println!("cargo::rustc-link-lib=dylib={library}");
    }
}

/// Where pkg-config says that the library lies; `None` when it does not know it. (Flite has no
/// pkg-config file: Debian puts it into the linker's own path, beside pocketsphinx.)
fn library_folders(library: &str) -> Option<Vec<String>> {
    let output = Command::new("pkg-config")
        .args(["--libs-only-L", "--keep-system-libs", library])
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(
        text.split_whitespace()
            .filter_map(|flag| flag.strip_prefix("-L"))
            .map(str::to_owned)
            .collect(),
    )
}
