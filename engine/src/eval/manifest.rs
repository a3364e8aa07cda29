//! Lists of recordings: tab-separated, with a header line that names the columns.

use std::fs;
use std::path::{Path, PathBuf};

use engine_core::nlu::normalize::Words;

use crate::eval::EvalError;
use crate::eval::conditions::file_name;

/// One recording and what is said in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) words: Vec<String>,
    /// Empty when the list does not say.
    pub(super) speaker: String,
}

impl Entry {
    /// The recording's name, which decides its half.
    pub(super) fn name(&self) -> String {
        file_name(&self.path)
    }
}

/// Reads a list with the columns `path` and `transcript`, and `speaker` if there is one. Paths are
/// relative to the list.
pub(super) fn read(file: &Path) -> Result<Vec<Entry>, EvalError> {
    let text = fs::read_to_string(file).map_err(|error| EvalError::File {
        file: file.to_owned(),
        reason: error.to_string(),
    })?;
    parse(file, &text)
}

fn parse(file: &Path, text: &str) -> Result<Vec<Entry>, EvalError> {
    let wrong = |line: usize, reason: &str| EvalError::Line {
        file: file.to_owned(),
        line,
        reason: reason.to_owned(),
    };
    let mut rows = text.lines().enumerate().filter(|(_, row)| !row.trim().is_empty());
    let (_, header) = rows
        .next()
        .ok_or_else(|| wrong(1, "empty; the first line names the columns"))?;
    let column = |name: &str| header.split('\t').position(|field| field.trim() == name);
    let path = column("path").ok_or_else(|| wrong(1, "no column `path`"))?;
    let transcript = column("transcript").ok_or_else(|| wrong(1, "no column `transcript`"))?;
    let speaker = column("speaker");
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    rows.map(|(number, row)| {
        let field = |index: usize| {
            row.split('\t')
                .nth(index)
                .map(str::trim)
                .filter(|text| !text.is_empty())
        };
        let path = field(path).ok_or_else(|| wrong(number + 1, "no path"))?;
        let words = Words::new(field(transcript).unwrap_or_default())
            .iter()
            .map(str::to_owned)
            .collect();
        Ok(Entry {
            path: folder.join(path),
            words,
            speaker: speaker.and_then(field).unwrap_or_default().to_owned(),
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_columns() {
        let file = Path::new("dir/list.tsv");
        let lines = parse(file, "speaker\ttranscript\tpath\nann\tYes please\ta.wav\n\n").unwrap();
        assert_eq!(lines[0].path, Path::new("dir/a.wav"));
        assert_eq!(
            (lines[0].words.join(" "), lines[0].speaker.as_str()),
            ("yes please".to_owned(), "ann")
        );
        let error = parse(file, "path\ttext\n").unwrap_err().to_string();
        assert_eq!(error, "dir/list.tsv:1: no column `transcript`");
        let error = parse(file, "path\ttranscript\n\tyes\n").unwrap_err().to_string();
        assert_eq!(error, "dir/list.tsv:2: no path");
    }
}
