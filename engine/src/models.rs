//! `hark models list` and `hark models fetch`: the model files that Hark uses but does not carry,
//! named with source, checksum and licence in `models/manifest.toml`.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use engine_core::source::{FileError, parse_toml};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::stt::{SttConfig, chosen_models};

/// `hark models ...`
#[derive(Debug, Clone, Subcommand)]
pub enum ModelsCommand {
    /// What the manifest names, whether it is here and whole, and what hearing would choose now.
    List(ModelsArgs),
    /// Downloads a model into `models/speech/`, checking size and SHA-256.
    Fetch {
        /// Its name in the manifest, such as `telephone-en`.
        name: String,
        #[command(flatten)]
        place: ModelsArgs,
    },
    /// Writes a ggml Whisper file with random weights, for tests of loading and decoding: it hears nonsense.
    #[cfg(feature = "whisper")]
    RandomWhisper {
        /// The file to write.
        out: PathBuf,
        /// How large: `mini` loads in milliseconds, `tiny` has the size of Whisper tiny.en.
        #[arg(long, value_enum, default_value = "mini")]
        layout: crate::stt::random_whisper::Layout,
    },
}

/// Where models are.
#[derive(Debug, Clone, Args)]
pub struct ModelsArgs {
    /// Folder with `manifest.toml` and `speech/`.
    #[arg(long, value_name = "DIR", default_value = "models")]
    models: PathBuf,
}

/// Why a model cannot be listed or fetched.
#[derive(Debug, Error)]
pub enum ModelsError {
    #[error(transparent)]
    Manifest(#[from] FileError),
    #[error("{}: {reason}", .file.display())]
    File { file: PathBuf, reason: String },
    #[error("the manifest has no model \"{name}\"; it has: {known}")]
    Unknown { name: String, known: String },
    #[error("{url}: {reason}; check the network, or copy the file by hand to {}", .into.display())]
    Download {
        url: String,
        reason: String,
        into: PathBuf,
    },
    #[error(
        "{url}: {what} is {got} where the manifest says {want}; the source has changed, nothing was kept"
    )]
    Mismatch {
        url: String,
        what: &'static str,
        got: String,
        want: String,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default)]
    model: Vec<Model>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    name: String,
    purpose: String,
    licence: String,
    /// Below `models/speech/`.
    folder: PathBuf,
    files: Vec<ModelFile>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    path: PathBuf,
    url: String,
    sha256: String,
    bytes: u64,
}

/// Runs `hark models ...` and prints what there is to say.
pub fn run(command: ModelsCommand) -> Result<(), ModelsError> {
    match command {
        ModelsCommand::List(place) => {
            print!("{}", list(&place.models)?);
            Ok(())
        }
        ModelsCommand::Fetch { name, place } => fetch(&place.models, &name),
        #[cfg(feature = "whisper")]
        ModelsCommand::RandomWhisper { out, layout } => {
            let failed = |error: std::io::Error| ModelsError::File {
                file: out.clone(),
                reason: error.to_string(),
            };
            crate::stt::random_whisper::write(&out, layout).map_err(failed)
        }
    }
}

/// The table of `hark models list`.
fn list(models: &Path) -> Result<String, ModelsError> {
    let manifest = read_manifest(models)?;
    let mut text = String::new();
    for model in &manifest.model {
        let bytes: u64 = model.files.iter().map(|file| file.bytes).sum();
        let _ = writeln!(text, "{:<16} {}", model.name, model.purpose);
        let _ = writeln!(text, "{:<16} {:.1} MB, {}", "", bytes as f64 / 1e6, model.licence);
        let _ = writeln!(text, "{:<16} {}", "", state_of(model, models));
    }
    let config = SttConfig {
        models_folder: models.to_owned(),
        ..SttConfig::default()
    };
    match chosen_models(&config) {
        Ok(chosen) => {
            for model in chosen {
                let _ = writeln!(
                    text,
                    "{:<16} {} at {}",
                    "would hear",
                    model.name,
                    model.path.display()
                );
                let _ = writeln!(text, "{:<16} {}", "", model.measured);
            }
        }
        Err(error) => {
            let _ = writeln!(text, "{:<16} nothing: {error}", "would hear");
        }
    }
    Ok(text)
}

/// Present and whole in one of the folders where hearing looks?
fn state_of(model: &Model, models: &Path) -> String {
    let config = SttConfig {
        models_folder: models.to_owned(),
        ..SttConfig::default()
    };
    for root in crate::stt::model_roots(&config) {
        let folder = root.join(&model.folder);
        let missing = model
            .files
            .iter()
            .filter(|file| !folder.join(&file.path).is_file())
            .count();
        if missing == model.files.len() {
            continue;
        }
        let damaged = model
            .files
            .iter()
            .find(|file| !matches_checksum(&folder.join(&file.path), file));
        return match damaged {
            None => format!("present in {}, checksums right", folder.display()),
            Some(file) => format!(
                "in {}, but {} is missing or differs: fetch it again",
                folder.display(),
                file.path.display()
            ),
        };
    }
    format!("not here; `hark models fetch {}`", model.name)
}

fn matches_checksum(path: &Path, file: &ModelFile) -> bool {
    fs::read(path)
        .is_ok_and(|bytes| bytes.len() as u64 == file.bytes && hex(&Sha256::digest(&bytes)) == file.sha256)
}

fn fetch(models: &Path, name: &str) -> Result<(), ModelsError> {
    let manifest = read_manifest(models)?;
    let model = manifest
        .model
        .iter()
        .find(|model| model.name == name)
        .ok_or_else(|| ModelsError::Unknown {
            name: name.to_owned(),
            known: manifest
                .model
                .iter()
                .map(|model| model.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(DOWNLOAD_MAX))
        .build()
        .into();
    for file in &model.files {
        let into = models.join("speech").join(&model.folder).join(&file.path);
        if matches_checksum(&into, file) {
            println!("{} is here already", into.display());
            continue;
        }
        let bytes = download(&agent, file, &into)?;
        keep(&into, &bytes)?;
        println!("{} ({} bytes)", into.display(), bytes.len());
    }
    println!("{name} is ready ({})", model.licence);
    Ok(())
}

fn download(agent: &ureq::Agent, file: &ModelFile, into: &Path) -> Result<Vec<u8>, ModelsError> {
    let failed = |reason: String| ModelsError::Download {
        url: file.url.clone(),
        reason,
        into: into.to_owned(),
    };
    let mut response = agent
        .get(&file.url)
        .call()
        .map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    // One byte more than promised is enough to know that it is another file.
    let mut limited = response.body_mut().as_reader().take(file.bytes + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| failed(error.to_string()))?;
    check(file, &bytes)?;
    Ok(bytes)
}

fn check(file: &ModelFile, bytes: &[u8]) -> Result<(), ModelsError> {
    let mismatch = |what, got, want| {
        Err(ModelsError::Mismatch {
            url: file.url.clone(),
            what,
            got,
            want,
        })
    };
    if bytes.len() as u64 != file.bytes {
        return mismatch(
            "its size",
            format!("{} bytes or more", bytes.len()),
            format!("{} bytes", file.bytes),
        );
    }
    let digest = hex(&Sha256::digest(bytes));
    if digest != file.sha256 {
        return mismatch("its SHA-256", digest, file.sha256.clone());
    }
    Ok(())
}

/// Writes beside the place and renames: a model is there whole or not at all.
fn keep(into: &Path, bytes: &[u8]) -> Result<(), ModelsError> {
    let failed = |error: std::io::Error| ModelsError::File {
        file: into.to_owned(),
        reason: error.to_string(),
    };
    let folder = into.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder).map_err(failed)?;
    let partial = into.with_extension("partial");
    let mut file = fs::File::create(&partial).map_err(failed)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    fs::rename(&partial, into).map_err(failed)
}

fn read_manifest(models: &Path) -> Result<Manifest, ModelsError> {
    let path = models.join("manifest.toml");
    let text = fs::read_to_string(&path).map_err(|error| ModelsError::File {
        file: path.clone(),
        reason: error.to_string(),
    })?;
    let manifest: Manifest = parse_toml(&path.to_string_lossy(), &text)?;
    let stays_inside = |path: &Path| {
        path.components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    };
    for model in &manifest.model {
        let outside = std::iter::once(&model.folder)
            .chain(model.files.iter().map(|file| &file.path))
            .find(|path| !stays_inside(path));
        if let Some(outside) = outside {
            let reason = format!(
                "model {}: {} leads out of models/speech",
                model.name,
                outside.display()
            );
            return Err(ModelsError::File { file: path, reason });
        }
    }
    Ok(manifest)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The longest download of one file.
const DOWNLOAD_MAX: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// Serves `body` once and gives the address.
    fn serve_once(body: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(body).unwrap();
        });
        format!("http://{address}/file")
    }

    fn manifest(folder: &Path, url: &str, sha256: &str, bytes: usize, path: &str) {
        let text = format!(
            "[[model]]\nname = \"m\"\npurpose = \"p\"\nlicence = \"l\"\nfolder = \"m\"\nfiles = [\n  {{ path = \"{path}\", url = \"{url}\", sha256 = \"{sha256}\", bytes = {bytes} }},\n]\n"
        );
        fs::write(folder.join("manifest.toml"), text).unwrap();
    }

    const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    #[test]
    fn the_shipped_manifest_is_sound() {
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        let manifest = read_manifest(models).unwrap();
        assert!(
            manifest
                .model
                .iter()
                .any(|model| model.name == "telephone-en" && model.files.len() == 8)
        );
        for file in manifest.model.iter().flat_map(|model| &model.files) {
            assert!(
                file.sha256.len() == 64 && file.url.starts_with("https://"),
                "{file:?}"
            );
        }
    }

    #[test]
    fn fetches_and_checks() {
        let folder = tempfile::tempdir().unwrap();
        manifest(folder.path(), &serve_once(b"hello"), HELLO, 5, "a/b.bin");
        fetch(folder.path(), "m").unwrap();
        assert_eq!(
            fs::read(folder.path().join("speech/m/a/b.bin")).unwrap(),
            b"hello"
        );
        // The second time nothing is asked of the network.
        fetch(folder.path(), "m").unwrap();
    }

    #[test]
    fn keeps_nothing_that_differs() {
        let check = |body: &'static [u8], expect: &str| {
            let folder = tempfile::tempdir().unwrap();
            manifest(folder.path(), &serve_once(body), HELLO, 5, "b.bin");
            let error = fetch(folder.path(), "m").unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
            assert!(!folder.path().join("speech/m/b.bin").exists());
        };
        check(b"jello", "SHA-256");
        check(b"hello and more", "size");
    }

    #[test]
    fn says_what_to_do_offline_and_what_is_unknown() {
        let folder = tempfile::tempdir().unwrap();
        manifest(folder.path(), "http://127.0.0.1:1/file", HELLO, 5, "b.bin");
        let error = fetch(folder.path(), "m").unwrap_err().to_string();
        assert!(
            error.contains("check the network") && error.contains("speech/m/b.bin"),
            "{error}"
        );
        let error = fetch(folder.path(), "n").unwrap_err().to_string();
        assert_eq!(error, "the manifest has no model \"n\"; it has: m");
        manifest(folder.path(), "http://127.0.0.1:1/file", HELLO, 5, "../../b.bin");
        assert!(
            fetch(folder.path(), "m")
                .unwrap_err()
                .to_string()
                .contains("leads out")
        );
    }
}
