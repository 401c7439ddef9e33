//! Files, folders, patterns, lists and zip packets to documents with ids.
#![allow(
    clippy::disallowed_methods,
    reason = "it reads the list that it is given"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use ecq::batch::{Failure, FailureKind, Item, Source, members};
use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use crate::commands::config::SkippedFiles;
use crate::errors::harmless;

/// Most bytes of a list of inputs.
const MAX_LIST_BYTES: u64 = 256 << 20;

/// The documents of a run.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// In order of their ids, which are unique.
    pub(crate) items: Vec<Item>,
    /// What was left out, a line each.
    pub(crate) notes: Vec<String>,
}

/// Finds the documents of inputs and a list of more; the folder `out` is none of them.
///
/// # Errors
/// If the list cannot be read or a pattern is none. What is wrong with a single input is a document that fails.
pub(crate) fn find(
    inputs: &[PathBuf],
    list: Option<&Path>,
    out: &Path,
    skipped: &SkippedFiles,
) -> Result<Found> {
    let mut search = Search {
        out: out.canonicalize().ok(),
        skipped,
        files: BTreeMap::new(),
        n_hidden: 0,
        n_skipped: 0,
        notes: Vec::new(),
    };
    for input in inputs {
        search.input(input)?;
    }
    if let Some(list) = list {
        for input in listed(list)? {
            search.input(&input)?;
        }
    }
    Ok(search.finish())
}

/// The inputs that a list names, one a line.
fn listed(list: &Path) -> Result<Vec<PathBuf>> {
    let shown = || format!("cannot read the list {}", list.display());
    let mut text = String::new();
    if list == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin
            .take(MAX_LIST_BYTES)
            .read_to_string(&mut text)
            .with_context(shown)?;
    } else {
        let file = std::fs::File::open(list).with_context(shown)?;
        file.take(MAX_LIST_BYTES)
            .read_to_string(&mut text)
            .with_context(shown)?;
    }
    let lines = text.lines().map(|line| line.trim_end_matches('\r'));
    Ok(lines
        .filter(|line| !line.trim().is_empty())
        .map(PathBuf::from)
        .collect())
}

/// A file that was found.
struct Candidate {
    /// Ids in the order in which they are tried: from the folder given, as typed, from the root.
    ids: [String; 3],
    /// Where it is, or why it cannot be read.
    source: Source,
}

struct Search<'a> {
    out: Option<PathBuf>,
    skipped: &'a SkippedFiles,
    /// By the path that is the same however it was reached, so that no file is read twice.
    files: BTreeMap<PathBuf, Candidate>,
    n_hidden: usize,
    n_skipped: usize,
    notes: Vec<String>,
}

impl Search<'_> {
    fn input(&mut self, input: &Path) -> Result<()> {
        if input == Path::new("-") {
            bail!("a batch reads files; to name them on standard input use --list -");
        }
        if input.is_dir() {
            self.walk(input, None);
        } else if input.symlink_metadata().is_err() && is_pattern(input) {
            let (root, pattern) = split_pattern(input);
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
            let glob = glob.with_context(|| format!("{} is no pattern", input.display()))?;
            let n_before = self.files.len();
            self.walk(&root, Some(&glob.compile_matcher()));
            if self.files.len() == n_before {
                self.notes
                    .push(format!("{}: no file matches", input.display()));
            }
        } else {
            let root = input.parent().unwrap_or(Path::new(""));
            self.file(root, input, None);
        }
        Ok(())
    }

    /// Takes the files below a folder, or those of them that a pattern matches.
    fn walk(&mut self, root: &Path, pattern: Option<&GlobMatcher>) {
        // An empty path is the working folder.
        let start = if root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            root
        };
        let mut walk = WalkDir::new(start).follow_links(true).into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if entry.depth() > 0 && is_hidden(&entry) => {
                    // A pattern names what is meant; a folder takes all, so what it does not take is told.
                    self.n_hidden += usize::from(pattern.is_none());
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) if entry.file_type().is_dir() => {
                    if self.out.is_some() && entry.path().canonicalize().ok() == self.out {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) => {
                    let path = entry.path().strip_prefix(".").unwrap_or(entry.path());
                    let root = root.strip_prefix(".").unwrap_or(root);
                    let below = path.strip_prefix(root).unwrap_or(path);
                    if pattern.is_none_or(|pattern| pattern.is_match(below)) {
                        self.file(root, path, None);
                    }
                }
                Err(error) => self.walk_fault(root, &error),
            }
        }
    }

    fn walk_fault(&mut self, root: &Path, error: &walkdir::Error) {
        let plain = |path: &Path| path.strip_prefix(".").unwrap_or(path).to_path_buf();
        let path = plain(error.path().unwrap_or(root));
        if let Some(ancestor) = error.loop_ancestor() {
            // Nothing is lost: what is behind the link is read where it stands.
            self.notes.push(format!(
                "{}: a link back to {}; not followed",
                path.display(),
                plain(ancestor).display()
            ));
            return;
        }
        let reason = error
            .io_error()
            .map_or_else(|| error.to_string(), ToString::to_string);
        let failure = Failure::new(
            FailureKind::Unreadable,
            format!("it cannot be read: {reason}"),
        );
        self.file(&plain(root), &path, Some(failure));
    }

    fn file(&mut self, root: &Path, path: &Path, failure: Option<Failure>) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if is_companion(&name) {
            self.n_hidden += 1;
            return;
        }
        if self.skipped.has(path) {
            self.n_skipped += 1;
            return;
        }
        let whole = path
            .canonicalize()
            .or_else(|_| std::path::absolute(path))
            .unwrap_or_else(|_| path.to_path_buf());
        let failure = failure.or_else(|| {
            let error = path.metadata().err()?;
            let reason = format!("it cannot be read: {error}");
            Some(Failure::new(FailureKind::Unreadable, reason))
        });
        let candidate = Candidate {
            ids: [
                id_of(path.strip_prefix(root).unwrap_or(path)),
                id_of(path),
                id_of(&whole),
            ],
            source: failure.map_or_else(|| Source::File(path.to_path_buf()), Source::Fault),
        };
        // However the inputs were ordered, a file that several of them name has the same id.
        match self.files.get(&whole) {
            Some(other) if other.ids <= candidate.ids => {}
            _ => {
                self.files.insert(whole, candidate);
            }
        }
    }

    fn finish(mut self) -> Found {
        let mut items: Vec<Item> = Vec::with_capacity(self.files.len());
        for (id, source) in unique(std::mem::take(&mut self.files).into_values().collect()) {
            match source {
                Source::File(path) if is_packet(&path) => {
                    let (inside, n_hidden) = packet(&id, path);
                    self.n_hidden += n_hidden;
                    items.extend(inside);
                }
                source => items.push(Item { id, source }),
            }
        }
        if self.n_hidden > 0 {
            self.notes.push(format!(
                "{} hidden files and files of decisions, settings or open programs left out",
                self.n_hidden
            ));
        }
        if self.n_skipped > 0 {
            self.notes.push(format!(
                "{} files left out, as [skip] in the settings says",
                self.n_skipped
            ));
        }
        items.sort_by(|a, b| a.id.cmp(&b.id));
        tell_apart(&mut items);
        let mut notes: Vec<String> = self.notes.iter().map(|note| harmless(note)).collect();
        notes.sort();
        notes.dedup();
        Found { items, notes }
    }
}

/// Candidates with ids that no two share: where short ones would be alike, all of these get longer ones.
fn unique(candidates: Vec<Candidate>) -> Vec<(String, Source)> {
    let mut lengths = vec![0usize; candidates.len()];
    loop {
        let mut alike: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (idx, candidate) in candidates.iter().enumerate() {
            alike
                .entry(&candidate.ids[lengths[idx]])
                .or_default()
                .push(idx);
        }
        let mut is_changed = false;
        for idx in alike
            .into_values()
            .filter(|group| group.len() > 1)
            .flatten()
        {
            if lengths[idx] < 2 {
                lengths[idx] += 1;
                is_changed = true;
            }
        }
        if !is_changed {
            break;
        }
    }
    let ids = candidates.into_iter().zip(lengths);
    ids.map(|(candidate, length)| {
        let [short, typed, whole] = candidate.ids;
        let id = match length {
            0 => short,
            1 => typed,
            _ => whole,
        };
        (id, candidate.source)
    })
    .collect()
}

/// Numbers what is still alike, such as a file whose name looks like a place in a packet.
fn tell_apart(items: &mut [Item]) {
    for idx in 1..items.len() {
        let n_before = items[..idx]
            .iter()
            .rev()
            .take_while(|item| item.id == items[idx].id)
            .count();
        if n_before > 0 {
            let id = format!("{}#{}", items[idx].id, n_before + 1);
            items[idx].id = id;
        }
    }
}

/// The documents in a zip packet, and how many files of it are left out; a packet that cannot be opened is one document
/// that fails.
fn packet(id: &str, path: PathBuf) -> (Vec<Item>, usize) {
    let whole = |source| {
        let id = id.to_owned();
        vec![Item { id, source }]
    };
    let names = match members(&path) {
        Ok(Some(names)) => names,
        Ok(None) => return (whole(Source::File(path)), 0),
        Err(failure) => return (whole(Source::Fault(failure)), 0),
    };
    let n_names = names.len();
    let is_left_out = |part: &str| {
        let is_way = part == "." || part == "..";
        part.starts_with('.') && !is_way || part == "__MACOSX" || is_companion(part)
    };
    let items: Vec<Item> = names
        .into_iter()
        .filter(|(_, name)| !name.split(['/', '\\']).any(is_left_out))
        .map(|(index, name)| Item {
            id: format!("{id}!{name}"),
            source: Source::Member {
                archive: path.clone(),
                index,
            },
        })
        .collect();
    let n_hidden = n_names - items.len();
    if items.is_empty() {
        let failure = Failure::new(FailureKind::Document, "the zip packet holds no files");
        return (whole(Source::Fault(failure)), n_hidden);
    }
    (items, n_hidden)
}

fn is_packet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
}

/// Files that stand beside packets and are none.
fn is_companion(name: &str) -> bool {
    name.ends_with(".ecq.toml")
        || name == ecq::config::FILE_NAME
        || name.starts_with("~$")
        || name.eq_ignore_ascii_case("Thumbs.db")
        || name.eq_ignore_ascii_case("desktop.ini")
}

fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().as_encoded_bytes().starts_with(b".")
}

const PATTERN_SIGNS: [char; 4] = ['*', '?', '[', '{'];

fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(PATTERN_SIGNS)
}

/// The folder that a pattern begins in, and the pattern from there.
fn split_pattern(path: &Path) -> (PathBuf, String) {
    let is_plain =
        |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(PATTERN_SIGNS);
    let root: PathBuf = path.components().take_while(is_plain).collect();
    let rest: Vec<String> = path
        .components()
        .skip_while(is_plain)
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    (root, rest.join("/"))
}

/// A path as an id: its names with slashes between, bytes that are no UTF-8 as codes.
fn id_of(path: &Path) -> String {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(readable(name)),
        Component::ParentDir => Some("..".to_owned()),
        Component::Prefix(prefix) => Some(readable(prefix.as_os_str())),
        Component::CurDir | Component::RootDir => None,
    });
    names.collect::<Vec<_>>().join("/")
}

fn readable(name: &std::ffi::OsStr) -> String {
    let mut out = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(ids: [&str; 3]) -> Candidate {
        Candidate {
            ids: ids.map(str::to_owned),
            source: Source::File(PathBuf::from(ids[2])),
        }
    }

    #[test]
    fn ids_that_are_alike_get_longer() {
        let found = unique(vec![
            candidate(["x.txt", "a/x.txt", "r/a/x.txt"]),
            candidate(["x.txt", "b/x.txt", "r/b/x.txt"]),
            candidate(["a/x.txt", "c/a/x.txt", "r/c/a/x.txt"]),
            candidate(["y.txt", "a/y.txt", "r/a/y.txt"]),
        ]);
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["r/a/x.txt", "b/x.txt", "c/a/x.txt", "y.txt"]);
    }

    #[test]
    fn patterns_begin_where_their_folder_ends() {
        let split = |path: &str| split_pattern(Path::new(path));
        assert_eq!(
            split("a/b/*.docx"),
            (PathBuf::from("a/b"), "*.docx".to_owned())
        );
        assert_eq!(split("*.docx"), (PathBuf::new(), "*.docx".to_owned()));
        assert_eq!(
            split("/x/**/y?.md"),
            (PathBuf::from("/x"), "**/y?.md".to_owned())
        );
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_utf8_stay_apart() {
        use std::os::unix::ffi::OsStrExt;
        let name = |bytes: &[u8]| id_of(Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(name(b"a\xff.txt"), "a\\xff.txt");
        assert_ne!(name(b"a\xff.txt"), name(b"a\xfe.txt"));
    }
}
