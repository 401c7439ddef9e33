//! Fetching an encoder from a model hub: the only code of the crate that opens a socket.
#![allow(
    clippy::disallowed_methods,
    reason = "reads what it fetched, to take digests"
)]

use std::path::{Path, PathBuf};

use hf_hub::api::Progress;
use hf_hub::api::sync::{ApiBuilder, ApiError, ApiRepo};
use hf_hub::{Cache, Repo, RepoType};

use crate::classify::sha256_hex;
use crate::error::{Error, Result};

/// What an encoder needs.
const NEEDED: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
/// What tells how an encoder is to be used, where it is.
const OPTIONAL: [&str; 2] = ["sentence_bert_config.json", "1_Pooling/config.json"];

/// An encoder that was fetched.
#[derive(Clone, Debug)]
pub struct Pulled {
    /// Its directory.
    pub dir: PathBuf,
    /// Its files.
    pub files: Vec<PulledFile>,
}

/// A file that was fetched.
#[derive(Clone, Debug)]
pub struct PulledFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Digest of its bytes.
    pub sha256: String,
}

/// The folder that fetched encoders are kept in, as the environment has it.
#[must_use]
pub fn cache_dir() -> PathBuf {
    Cache::from_env().path().clone()
}

/// Fetches `org/name` or `org/name@revision` into the hub's cache and, with `into`, copies it to a directory.
///
/// Files already in the cache are not fetched again. Where the hub names a SHA-256 digest (it does for
/// large files) the bytes are checked against it. `on_progress` gets bytes done and in all, of the file at hand.
///
/// # Errors
/// [`Error::Hub`] if the hub cannot be reached, a file is missing or its bytes are not those promised;
/// [`Error::Write`] if the directory cannot be written.
pub fn pull(
    repository: &str,
    into: Option<&Path>,
    endpoint: Option<&str>,
    mut on_progress: impl FnMut(u64, u64),
) -> Result<Pulled> {
    let (name, revision) = repository.split_once('@').unwrap_or((repository, "main"));
    let is_name = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    if name.split('/').count() != 2 || !name.split('/').all(is_name) || revision.is_empty() {
        return Err(Error::Hub {
            what: repository.to_owned(),
            detail: "expected org/name or org/name@revision".to_owned(),
        });
    }
    let mut builder = ApiBuilder::from_env().with_progress(false).with_retries(2);
    if let Some(endpoint) = endpoint {
        builder = builder.with_endpoint(endpoint.trim_end_matches('/').to_owned());
    }
    let fault = |what: &str, cause: &ApiError| Error::Hub {
        what: what.to_owned(),
        detail: cause.to_string(),
    };
    let api = builder.build().map_err(|cause| fault(repository, &cause))?;
    let repo = Repo::with_revision(name.to_owned(), RepoType::Model, revision.to_owned());
    let cache = Cache::from_env().repo(repo.clone());
    let remote = api.repo(repo);
    let mut fetched = Vec::new();
    for file in NEEDED.into_iter().chain(OPTIONAL) {
        let what = format!("{repository}: {file}");
        let cached = cache.get(file);
        let path = match cached {
            Some(path) => path,
            None => match download(&remote, file, &mut on_progress) {
                Ok(path) => path,
                Err(_) if OPTIONAL.contains(&file) => continue,
                Err(cause) => return Err(fault(&what, &cause)),
            },
        };
        let bytes = std::fs::read(&path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        let sha256 = sha256_hex(&bytes);
        if let Some(expected) = promised_digest(&path)
            && expected != sha256
        {
            // Left in the cache, the damaged file would be taken for the real one next time.
            let _ = std::fs::remove_file(&path);
            return Err(Error::Hub {
                what,
                detail: format!(
                    "the bytes have sha256 {sha256}, the hub promised {expected}; fetch again"
                ),
            });
        }
        fetched.push((file, path, bytes, sha256));
    }
    let dir = match into {
        Some(dir) => dir.to_path_buf(),
        None => fetched
            .first()
            .and_then(|(_, path, _, _)| path.parent())
            .map(Path::to_path_buf)
            .unwrap_or_default(),
    };
    let mut files = Vec::new();
    for (file, path, bytes, sha256) in fetched {
        let path = match into {
            None => path,
            Some(dir) => {
                let path = dir.join(file);
                let fault = |source| Error::Write {
                    path: path.clone(),
                    source,
                };
                std::fs::create_dir_all(path.parent().unwrap_or(dir)).map_err(fault)?;
                std::fs::write(&path, bytes).map_err(fault)?;
                path
            }
        };
        files.push(PulledFile { path, sha256 });
    }
    Ok(Pulled { dir, files })
}

/// `org/name` of every encoder in the hub's cache, sorted.
#[must_use]
pub fn cached_encoders() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(Cache::from_env().path()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_prefix("models--")?.replace("--", "/")))
        .collect();
    names.sort();
    names
}

/// The hub keeps a file under its entity tag; for large files that is the SHA-256 digest.
fn promised_digest(path: &Path) -> Option<String> {
    let blob = std::fs::canonicalize(path).ok()?;
    let tag = blob.file_name()?.to_str()?.to_owned();
    (tag.len() == 64 && tag.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(tag)
}

fn download(
    remote: &ApiRepo,
    file: &str,
    on_progress: &mut impl FnMut(u64, u64),
) -> std::result::Result<PathBuf, ApiError> {
    remote.download_with_progress(
        file,
        Teller {
            tell: on_progress,
            done: 0,
            total: 0,
        },
    )
}

struct Teller<'a, F: FnMut(u64, u64)> {
    tell: &'a mut F,
    done: u64,
    total: u64,
}

impl<F: FnMut(u64, u64)> Progress for Teller<'_, F> {
    fn init(&mut self, size: usize, _filename: &str) {
        (self.done, self.total) = (0, size as u64);
    }

    fn update(&mut self, size: usize) {
        self.done += size as u64;
        (self.tell)(self.done, self.total);
    }

    fn finish(&mut self) {}
}
