//! `ecq config`: the settings in force and where each came from; resolving them for other commands.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ecq::codebook::builtin;
use ecq::config::{ConfigFile, FILE_NAME, Key, Origin, Settings, parse_config};
use ecq::error::Error;
use ecq::findings::RULES;
use ecq::profile::LimitName;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::args::{ConfigArgs, SettingArgs};
use crate::errors::{Code, harmless};
use crate::output;

/// Most bytes of a configuration file.
const MAX_BYTES: u64 = 1 << 20;

/// The settings that hold for a run.
pub(crate) fn resolve(
    args: &SettingArgs,
    codebook: Option<&str>,
    model: Option<&Path>,
    width: Option<usize>,
) -> Result<Settings> {
    let path = match &args.config {
        Some(path) => Some(path.clone()),
        None => match std::env::var_os("ECQ_CONFIG") {
            Some(path) => Some(PathBuf::from(path)),
            None => find_upwards(),
        },
    };
    let file = match &path {
        Some(path) => read(path)?,
        None => ConfigFile::default(),
    };
    let mut flags = BTreeMap::new();
    let mut flag = |key: Key, value: Option<String>, name: &str| {
        if let Some(value) = value {
            flags.insert(key, (value, name.to_owned()));
        }
    };
    flag(Key::Profile, args.profile.clone(), "--profile");
    flag(Key::AsOf, args.as_of.clone(), "--as-of");
    flag(Key::Codebook, codebook.map(str::to_owned), "--codebook");
    flag(
        Key::Model,
        model.map(|dir| dir.display().to_string()),
        "--model",
    );
    flag(Key::Width, width.map(|width| width.to_string()), "--width");
    let environment = Key::ALL
        .into_iter()
        .filter_map(|key| Some((key, std::env::var(key.variable()).ok()?)))
        .collect();
    let shown = path
        .as_deref()
        .map_or_else(String::new, |path| path.display().to_string());
    let mut settings =
        Settings::resolve(&flags, &environment, &file, &shown).map_err(anyhow::Error::msg)?;
    // A codebook file that the settings name stands beside them, wherever the program is run.
    if let Some((codebook, Origin::File { path, .. })) = settings.values.get_mut(&Key::Codebook)
        && builtin(codebook).is_none()
        && let Some(beside) = Path::new(path.as_str())
            .parent()
            .map(|dir| dir.join(&*codebook))
        && beside.is_file()
    {
        *codebook = beside.to_string_lossy().into_owned();
    }
    Ok(settings)
}

/// The patterns of files that the settings leave out.
pub(crate) struct SkippedFiles {
    names: GlobSet,
    paths: GlobSet,
}

impl SkippedFiles {
    /// Reads the patterns; those with a slash are for paths, the others for names.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let set = |is_path: bool| -> Result<GlobSet> {
            let mut set = GlobSetBuilder::new();
            for pattern in settings
                .skip
                .files
                .iter()
                .filter(|p| p.contains('/') == is_path)
            {
                let glob = GlobBuilder::new(pattern).literal_separator(true).build();
                set.add(glob.with_context(|| {
                    let origin = settings
                        .origins
                        .get("skip.files")
                        .unwrap_or(&Origin::Default);
                    format!(
                        "[skip] files: \"{}\" is no pattern ({origin})",
                        harmless(pattern)
                    )
                })?);
            }
            Ok(set.build()?)
        };
        Ok(Self {
            names: set(false)?,
            paths: set(true)?,
        })
    }

    /// Whether a file is left out.
    pub(crate) fn has(&self, file: &Path) -> bool {
        let path = file.strip_prefix(".").unwrap_or(file);
        self.paths.is_match(path)
            || file
                .file_name()
                .is_some_and(|name| self.names.is_match(name))
    }
}

/// The nearest `ecq.toml` from the working folder upwards.
fn find_upwards() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let found = here
        .ancestors()
        .map(|dir| dir.join(FILE_NAME))
        .find(|path| path.is_file())?;
    // As a person would write it, where that is short.
    Some(
        found
            .strip_prefix(&here)
            .map_or(found.clone(), Path::to_path_buf),
    )
}

fn read(path: &Path) -> Result<ConfigFile> {
    let metadata = path
        .metadata()
        .with_context(|| format!("cannot read {}", path.display()))?;
    anyhow::ensure!(
        metadata.is_file() && metadata.len() <= MAX_BYTES,
        "{} is no configuration: expected a TOML file of at most {} MiB",
        path.display(),
        MAX_BYTES >> 20
    );
    let source =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_config(&source).map_err(|faults| {
        let lines: Vec<String> = faults
            .iter()
            .map(|fault| harmless(&fault.to_string()))
            .collect();
        let detail = lines.join("\n  ");
        Error::Config {
            path: path.to_path_buf(),
            detail,
        }
        .into()
    })
}

/// `ecq config`.
pub(crate) fn run(args: &ConfigArgs) -> Result<Code> {
    let settings = resolve(&args.settings, None, None, None)?;
    let mut rows: Vec<(String, String, Origin)> = Vec::new();
    for key in Key::ALL {
        let row = match settings.values.get(&key) {
            Some((value, origin)) => (format!("\"{value}\""), origin.clone()),
            None => (unset(key).to_owned(), Origin::Default),
        };
        rows.push((key.name().to_owned(), row.0, row.1));
    }
    for name in LimitName::ALL {
        if let Some(limit) = settings.profile.limits.get(name) {
            let key = format!("limits.{}", name.key());
            let origin = settings
                .origins
                .get(&key)
                .cloned()
                .unwrap_or(Origin::Default);
            rows.push((key, limit.value.to_string(), origin));
        }
    }
    for rule in RULES {
        let key = format!("rules.{}", rule.id);
        let (word, origin) = match settings.profile.setting(rule.id) {
            Some(setting) => (
                setting.name(),
                settings
                    .origins
                    .get(&key)
                    .cloned()
                    .unwrap_or(Origin::Default),
            ),
            None => (if rule.on { "on" } else { "off" }, Origin::Default),
        };
        rows.push((key, format!("\"{word}\""), origin));
    }
    let skip = &settings.skip;
    for (key, words) in [
        ("skip.sections", &skip.sections),
        ("skip.files", &skip.files),
    ] {
        if let Some(origin) = settings.origins.get(key) {
            rows.push((key.to_owned(), format!("{words:?}"), origin.clone()));
        }
    }
    let width = rows
        .iter()
        .map(|(key, value, _)| key.len() + value.chars().count() + 3)
        .max()
        .unwrap_or_default();
    let mut out = String::new();
    for (key, value, origin) in rows {
        let line = format!("{} = {}", key, harmless(&value));
        if args.show_origin {
            writeln!(out, "{line:<width$}  # {}", harmless(&origin.to_string()))?;
        } else {
            writeln!(out, "{line}")?;
        }
    }
    output::write(&out)?;
    Ok(Code::Done)
}

/// What holds for a key without a value, as a remark.
fn unset(key: Key) -> &'static str {
    match key {
        Key::Model => "the model inside the program",
        Key::AsOf => "the latest date of each document",
        Key::Width => "the width of the terminal",
        Key::Profile | Key::Codebook => "unset",
    }
}
