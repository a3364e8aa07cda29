//! A prompt that is named and not there: the one that was meant, or where to write it.

use std::collections::BTreeSet;

use super::PromptBook;
use crate::conversation::document::near;

impl PromptBook {
    /// "; did you mean `reorder.ask_item`?", or the file and the line to write in it.
    pub(crate) fn instead_of(&self, name: &str) -> String {
        let Some((file, key)) = name
            .split_once('.')
            .filter(|(file, key)| !file.is_empty() && !key.is_empty())
        else {
            return "; a prompt is named by its file and its key: \"store_hours.tell\"".to_owned();
        };
        if let Some(meant) = self.meant(file, key) {
            return format!("; did you mean `{meant}`?");
        }
        let path = self.file_of(name);
        let line = format!("{key} = \"What Hark says there.\"");
        if self.files().contains(file) {
            format!("; write it in {path}: {line}")
        } else {
            format!("; there is no such file: create {path} with the line {line}")
        }
    }

    /// The file that a prompt of this name stands in.
    pub(crate) fn file_of(&self, name: &str) -> String {
        let stem = name.split('.').next().unwrap_or(name);
        format!("{}{stem}.toml", self.folder())
    }

    /// The near key of the same file, or the same key of a file that is written almost alike.
    fn meant(&self, file: &str, key: &str) -> Option<String> {
        let prefix = format!("{file}.");
        let keys = self.names().filter_map(|name| name.strip_prefix(&prefix));
        if let Some(meant) = near(key, keys.filter(|other| alike(other, key))) {
            return Some(format!("{file}.{meant}"));
        }
        let files = self.files();
        let others = files
            .iter()
            .copied()
            .filter(|other| *other != file && alike(other, file));
        let meant = format!("{}.{key}", near(file, others)?);
        self.names().any(|known| known == meant).then_some(meant)
    }

    fn files(&self) -> BTreeSet<&str> {
        self.names()
            .filter_map(|name| name.split_once('.'))
            .map(|(file, _)| file)
            .collect()
    }

    /// Where prompt files lie, with the slash at its end.
    fn folder(&self) -> &str {
        let any = self.plain.values().chain(self.claims.values()).next();
        let slash = any.and_then(|prompt| Some((prompt, prompt.file.rfind('/')?)));
        slash
            .and_then(|(prompt, at)| prompt.file.get(..=at))
            .unwrap_or_default()
    }
}

/// Whether one is the other with a few slips of the keys: names that begin alike are alike to no writer.
fn alike(one: &str, other: &str) -> bool {
    let longest = one.chars().count().max(other.chars().count());
    strsim::damerau_levenshtein(one, other) <= (longest / 3).max(1)
}
