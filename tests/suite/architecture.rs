//! The module table of the crate documentation, checked.

use std::fs;
use std::path::Path;

/// Who may import whom; a module that is not on the left may import nothing but the base.
const ALLOWED: &[(&str, &[&str])] = &[
    ("passage", &["document"]),
    ("embed", &["codebook"]),
    ("classify", &["embed", "codebook"]),
    ("coverage", &["classify"]),
    ("profile", &["codebook"]),
    (
        "findings",
        &[
            "document", "passage", "embed", "classify", "coverage", "codebook", "profile",
        ],
    ),
    (
        "analysis",
        &[
            "document", "passage", "embed", "classify", "coverage", "codebook", "profile",
            "findings",
        ],
    ),
    (
        "explain",
        &[
            "analysis", "dataset", "coverage", "classify", "passage", "embed",
        ],
    ),
    (
        "report",
        &[
            "explain",
            "analysis",
            "coverage",
            "classify",
            "passage",
            "document",
            "codebook",
            "findings",
            "profile",
            "announcement",
            "embed",
        ],
    ),
    ("announcement", &["document", "codebook", "profile"]),
    ("annotate", &["report", "document"]),
    ("batch", &["report", "decisions", "document", "classify"]),
    ("drafts", &["report", "passage"]),
    ("decisions", &["report", "passage", "codebook", "findings"]),
    (
        "crosswalk",
        &[
            "analysis", "codebook", "coverage", "classify", "document", "report",
        ],
    ),
    ("dataset", &["classify"]),
    ("train", &["dataset", "embed", "classify", "linear"]),
    ("config", &["codebook", "profile", "findings"]),
    (
        "eval",
        &[
            "dataset",
            "classify",
            "codebook",
            "analysis",
            "document",
            "findings",
            "profile",
            "announcement",
            "embed",
            "linear",
        ],
    ),
    ("hub", &["classify"]),
];

/// Modules that every module may import; they may import only each other.
const BASE: &[&str] = &["error", "span", "warning"];

fn visit(dir: &Path, top: Option<&str>, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            if stem != "bin" {
                visit(&path, top.or(Some(&stem)), found);
            }
            continue;
        }
        let module = top.unwrap_or(&stem);
        if module == "lib" || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .map_or(&[][..], |(_, allowed)| *allowed);
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for rest in code.split("crate::").skip(1) {
                let target = rest
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap();
                if target != module && !BASE.contains(&target) && !allowed.contains(&target) {
                    found.push(format!(
                        "{}:{}: {module} must not import {target}",
                        path.display(),
                        number + 1
                    ));
                }
            }
        }
    }
}

#[test]
fn imports_point_downwards() {
    let mut found = Vec::new();
    visit(Path::new("src"), None, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The library never prints and opens no socket; only `hub` may know a network client.
#[test]
fn the_library_is_silent_and_offline() {
    fn scan(dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "bin") {
                    scan(&path, found);
                }
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let prints = ["println!", "eprintln!", "print!(", "dbg!"]
                    .iter()
                    .any(|word| code.contains(word));
                let talks = ["std::net", "hf_hub", "TcpStream"]
                    .iter()
                    .any(|word| code.contains(word));
                if prints || talks && !path.ends_with("hub.rs") {
                    found.push(format!("{}:{}: {line}", path.display(), number + 1));
                }
            }
        }
    }
    let mut found = Vec::new();
    scan(Path::new("src"), &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
