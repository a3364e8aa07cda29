//! What a simulated call shares with a real one: the flows, the wording and the rules that ship in
//! `models/`, over the simulation's own small catalogue.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use engine_core::call::site::{Site, SiteLimits};
use engine_core::conversation::document::Source;
use engine_core::conversation::flow::FlowSet;
use engine_core::conversation::prompt::PromptBook;
use engine_core::nlu::lexicon::Lexicon;
use engine_core::nlu::understand::{NamedText, NluFiles, Understander};
use engine_core::speech::vad::VadMode;
use engine_core::speech::verdict::Capabilities;

use crate::shop::catalogue;

/// The parts that cost something to build, built once a process.
struct Parts {
    flows: Arc<FlowSet>,
    prompts: Arc<PromptBook>,
    understander: Arc<Understander>,
    lexicon: Arc<Lexicon>,
}

static PARTS: OnceLock<Parts> = OnceLock::new();

/// A site with these recognisers.
pub fn site(capabilities: Capabilities) -> Arc<Site> {
    let parts = PARTS.get_or_init(parts);
    Arc::new(Site {
        flows: Arc::clone(&parts.flows),
        prompts: Arc::clone(&parts.prompts),
        policy: Arc::default(),
        understander: Arc::clone(&parts.understander),
        lexicon: Arc::clone(&parts.lexicon),
        grammars: Vec::new(),
        capabilities,
        hearing: String::new(),
        vad: VadMode::Energy,
        limits: SiteLimits::default(),
    })
}

/// Every flow that ships, by name.
pub fn flow_names() -> Vec<String> {
    let flows = Arc::clone(&PARTS.get_or_init(parts).flows);
    flows.names().map(str::to_owned).collect()
}

fn parts() -> Parts {
    let flows = FlowSet::load(&sources("models/flows", "toml")).expect("the flows that ship are right");
    let prompts =
        PromptBook::load(&sources("models/prompts/en", "toml")).expect("the wording that ships is right");
    let named = |source: Source| NamedText {
        name: source.file,
        text: source.text,
    };
    let files = NluFiles {
        grammar: sources("models/nlu/en/grammar", "jsgf")
            .into_iter()
            .map(named)
            .collect(),
        model: (
            MODEL.to_owned(),
            std::fs::read(root().join(MODEL)).unwrap_or_default(),
        ),
        ..NluFiles::default()
    };
    let understander = Understander::new(files).expect("the rules that ship are right");
    let lexicon = Lexicon::new(&catalogue()).with_brought(flows.brought());
    Parts {
        flows: Arc::new(flows),
        prompts: Arc::new(prompts),
        understander: Arc::new(understander),
        lexicon: Arc::new(lexicon),
    }
}

/// Without it the rules alone understand.
const MODEL: &str = "models/nlu/en/intent.model";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &str, extension: &str) -> Vec<Source> {
    let entries = std::fs::read_dir(root().join(folder)).expect("the folder is part of the repository");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == extension));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Source::new(
            format!("{folder}/{name}"),
            std::fs::read_to_string(&path).expect("a readable file"),
        )
    };
    paths.into_iter().map(read).collect()
}
