//! Every crate in the tree has a permissive license, as `deny.toml` lists them.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_is_permissive() {
    let config: toml::Value = toml::from_str(include_str!("../../deny.toml")).unwrap();
    let allowed: BTreeSet<String> = config["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|license| license.as_str().unwrap().to_owned())
        .collect();
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut faults = Vec::new();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages {
        let license = package["license"].as_str().unwrap_or_default();
        if !permitted(license, &allowed) {
            faults.push(format!(
                "{} {}: {license:?}",
                package["name"], package["version"]
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether an SPDX expression can be met: one side of every `OR`, all sides of every `AND`.
fn permitted(license: &str, allowed: &BTreeSet<String>) -> bool {
    let flat = license.replace('/', " OR ").replace(['(', ')'], " ");
    let flat = flat.split_whitespace().collect::<Vec<_>>().join(" ");
    !flat.is_empty()
        && flat.split(" AND ").all(|part| {
            part.split(" OR ")
                .any(|license| allowed.contains(license.trim()))
        })
}

#[test]
fn an_expression_needs_every_and_and_one_or() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    assert!(permitted("GPL-3.0 OR MIT", &allowed));
    assert!(permitted("(MIT OR Apache-2.0) AND ISC", &allowed));
    assert!(!permitted("MIT AND GPL-3.0", &allowed));
    assert!(!permitted("", &allowed));
}
