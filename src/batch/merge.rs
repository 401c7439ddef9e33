//! Shards to one batch: the same folder as a run over all documents would have left.

use std::collections::{BTreeMap, BTreeSet};

use crate::batch::journal::{Record, parse_journal};
use crate::batch::lock::{JOURNAL, STATE};
use crate::batch::run::{ABOUT, About, INPUTS, Observer, REPORTS, compact, id_lines, retire};
use crate::batch::store::Folder;
use crate::batch::{Failure, FailureKind, FailureView, Shard, stem, tables};
use crate::classify::sha256_hex;
use crate::error::{Error, Result};

/// Ids that a note names.
const MAX_NAMED: usize = 5;

/// What a merge came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Documents with a report.
    pub n_read: usize,
    /// Documents that a shard could not read.
    pub n_failed: usize,
    /// Ids of documents that no shard holds; each stands among the failures.
    pub gaps: Vec<String>,
    /// Ids of documents that several shards hold, with the same bytes.
    pub duplicates: Vec<String>,
}

/// A shard as its folder has it.
struct Part<'a> {
    folder: &'a Folder<'a>,
    about: About,
    /// Ids of all documents of the batch, also those of other shards.
    ids: BTreeSet<String>,
    records: BTreeMap<String, Record>,
}

/// Joins shards in a folder of their own. The caller holds its [`Claim`](crate::batch::Claim).
///
/// # Errors
/// [`Error::Batch`] if the shards were not made alike, hold different bytes of one document, or a report is damaged;
/// [`Error::Read`] and [`Error::Write`] from the disk.
pub fn merge(out: &Folder<'_>, shards: &[Folder<'_>], observer: &dyn Observer) -> Result<Merged> {
    let parts = shards
        .iter()
        .map(|folder| part(folder, observer))
        .collect::<Result<Vec<_>>>()?;
    let Some(first) = parts.first() else {
        return Err(Error::Batch {
            dir: out.path().to_path_buf(),
            detail: "there is no shard to merge".to_owned(),
        });
    };
    check_alike(&parts, observer)?;
    let expected: BTreeSet<&String> = parts.iter().flat_map(|part| &part.ids).collect();
    let (holders, duplicates) = holders(&parts)?;
    let mut merged = Merged {
        gaps: expected
            .iter()
            .filter(|id| !holders.contains_key(id.as_str()))
            .map(|id| (*id).clone())
            .collect(),
        duplicates,
        ..Merged::default()
    };
    tell(observer, &merged.gaps, "missing: no shard holds");
    tell(
        observer,
        &merged.duplicates,
        "taken once: several shards hold",
    );

    out.create_folder(STATE)?;
    out.create_folder(REPORTS)?;
    for folder in ["", STATE, REPORTS] {
        out.sweep(folder)?;
    }
    let earlier = out.get(JOURNAL)?.map(|journal| parse_journal(&journal).0);
    let mut records = BTreeMap::new();
    for (id, (part, record)) in holders {
        for (name, digest) in &record.outputs {
            copy(part, out, id, name, digest)?;
        }
        merged.n_read += usize::from(record.is_read);
        merged.n_failed += usize::from(!record.is_read);
        records.insert(id.to_owned(), record.clone());
    }
    for id in &merged.gaps {
        let record = gap(out, id, &first.about.basis.key())?;
        records.insert(id.clone(), record);
    }
    out.sync(REPORTS)?;
    out.put(
        INPUTS,
        id_lines(expected.iter().map(|id| id.as_str())).as_bytes(),
    )?;
    out.put(
        ABOUT,
        About::new(&first.about.basis, None).json().as_bytes(),
    )?;
    tables::write(out, &records, first.about.basis.marking.as_deref())?;
    retire(out, &earlier.unwrap_or_default(), &records, observer)?;
    compact(out, &records)?;
    Ok(merged)
}

fn part<'a>(folder: &'a Folder<'a>, observer: &dyn Observer) -> Result<Part<'a>> {
    let fault = |detail: &str| Error::Batch {
        dir: folder.path().to_path_buf(),
        detail: detail.to_owned(),
    };
    let about = folder.get(ABOUT)?;
    let about = about.ok_or_else(|| fault("it holds no batch: .ecq/batch.json is missing"))?;
    let about: About = serde_json::from_slice(&about).map_err(|error| {
        fault(&format!(
            ".ecq/batch.json is damaged or of another version: {error}"
        ))
    })?;
    if about.schema != About::SCHEMA {
        return Err(fault(&format!(
            "it is a batch of the form {}; this program knows {}",
            about.schema,
            About::SCHEMA
        )));
    }
    let inputs = folder.get(INPUTS)?;
    let inputs = inputs.ok_or_else(|| fault("it holds no batch: .ecq/inputs.jsonl is missing"))?;
    let ids: BTreeSet<String> = inputs
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()
        .map_err(|error| fault(&format!(".ecq/inputs.jsonl is damaged: {error}")))?;
    let (mut records, faults) = parse_journal(&folder.get(JOURNAL)?.unwrap_or_default());
    for fault in faults {
        observer.note(&format!("{}: {fault}", folder.path().display()));
    }
    let key = about.basis.key();
    // What a run that was stopped left of other inputs or another model belongs to no batch.
    records.retain(|id, record| ids.contains(id) && record.key == key);
    Ok(Part {
        folder,
        about,
        ids,
        records,
    })
}

/// Whether all shards were made with the same things; notes which are not there.
fn check_alike(parts: &[Part<'_>], observer: &dyn Observer) -> Result<()> {
    let Some((first, others)) = parts.split_first() else {
        return Ok(());
    };
    let name = |part: &Part<'_>| part.folder.path().display().to_string();
    let count = |part: &Part<'_>| part.about.shard.map_or(1, |shard| shard.count);
    for other in others {
        let refused = |detail: String| {
            Err(Error::Batch {
                dir: other.folder.path().to_path_buf(),
                detail,
            })
        };
        let places = ["here".to_owned(), format!("in {}", name(first))];
        if let Some(difference) = other.about.basis.difference(&first.about.basis, &places) {
            return refused(format!("{difference}; shards must be made alike"));
        }
        if count(other) != count(first) {
            return refused(format!(
                "it is one of {} shards, {} one of {}; merge shards of one batch",
                count(other),
                name(first),
                count(first)
            ));
        }
        if other.ids != first.ids {
            observer.note(&format!(
                "{} and {} were made from different inputs ({} and {} documents)",
                name(first),
                name(other),
                first.ids.len(),
                other.ids.len()
            ));
        }
    }
    let count = count(first);
    for index in 1..=count {
        let is_there = |part: &Part<'_>| part.about.shard.is_none_or(|shard| shard.index == index);
        if !parts.iter().any(is_there) {
            observer.note(&format!(
                "shard {} is not among them",
                Shard { index, count }
            ));
        }
    }
    Ok(())
}

/// A shard and its record of a document, by id.
type Holders<'p, 'a> = BTreeMap<&'p str, (&'p Part<'a>, &'p Record)>;

/// Who holds what, and the ids that several hold.
fn holders<'p, 'a>(parts: &'p [Part<'a>]) -> Result<(Holders<'p, 'a>, Vec<String>)> {
    let mut holders: Holders<'p, 'a> = BTreeMap::new();
    let mut duplicates = BTreeSet::new();
    for part in parts {
        for (id, record) in &part.records {
            let Some((other, held)) = holders.get(id.as_str()) else {
                holders.insert(id, (part, record));
                continue;
            };
            if held.input != record.input || held.outputs != record.outputs {
                return Err(Error::Batch {
                    dir: part.folder.path().to_path_buf(),
                    detail: format!(
                        "{id} is here and in {} with other bytes; read one of the shards again",
                        other.folder.path().display()
                    ),
                });
            }
            duplicates.insert(id.clone());
        }
    }
    Ok((holders, duplicates.into_iter().collect()))
}

fn copy(part: &Part<'_>, out: &Folder<'_>, id: &str, name: &str, digest: &str) -> Result<()> {
    let fault = |detail: &str| Error::Batch {
        dir: part.folder.path().to_path_buf(),
        detail: format!("{REPORTS}/{name} (of {id}) {detail}; run this shard again with --resume"),
    };
    if name.contains(['/', '\\']) {
        return Err(fault("is no name of a report"));
    }
    let name = format!("{REPORTS}/{name}");
    let bytes = part
        .folder
        .get(&name)?
        .ok_or_else(|| fault("is not there"))?;
    if sha256_hex(&bytes) != digest {
        return Err(fault("has other bytes than the journal says"));
    }
    out.put(&name, &bytes)
}

/// Writes down that no shard holds a document.
fn gap(out: &Folder<'_>, id: &str, key: &str) -> Result<Record> {
    let failure = Failure::new(
        FailureKind::Missing,
        "no shard holds it; run the shard that is missing or was stopped, and merge again",
    );
    let bytes = FailureView::new(id, &failure, None).line().into_bytes();
    let name = format!("{}.json", stem(id));
    out.put(&format!("{REPORTS}/{name}"), &bytes)?;
    Ok(Record {
        id: id.to_owned(),
        input: None,
        beside: None,
        key: key.to_owned(),
        is_read: false,
        n_passages: 0,
        outputs: BTreeMap::from([(name, sha256_hex(&bytes))]),
    })
}

fn tell(observer: &dyn Observer, ids: &[String], what: &str) {
    if ids.is_empty() {
        return;
    }
    let named: Vec<&str> = ids.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = match ids.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    observer.note(&format!("{what} {}{more}", named.join(", ")));
}
