//! Zip packages of office files, opened with caps counted on the bytes really unpacked.
//!
//! Nothing is ever written to disk, and no part is unpacked before a reader asks for it.

use std::collections::HashMap;
use std::io;
use std::io::Cursor;
use std::io::Read;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::document::xml;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Most bytes of one unpacked part.
pub const MAX_PART_BYTES: u64 = 64 << 20;
/// Most bytes unpacked from one package.
pub const MAX_PACKAGE_BYTES: u64 = 256 << 20;
/// Most entries of a package.
pub const MAX_ENTRIES: usize = 10_000;

/// First bytes of a Compound File: Word before 2007, and the envelope of encrypted newer files.
const COMPOUND_FILE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// First bytes of the record that ends a zip file.
const END_RECORD: [u8; 4] = *b"PK\x05\x06";

/// An open package.
#[derive(Debug)]
pub struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Entry by its name in lower case, as OPC compares names.
    entries: HashMap<String, usize>,
    n_unpacked: u64,
    format: &'static str,
}

/// One line of a relationship file: how a part refers to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// The name that the referring part uses.
    pub id: String,
    /// Last segment of the type, for example `styles`; the same in transitional and strict files.
    pub kind: String,
    /// Name of the part, or the address outside.
    pub target: String,
    /// Whether the target is outside the package.
    pub external: bool,
}

impl<'a> Package<'a> {
    /// Opens a package; `format` (`docx`, `odt`) is for messages.
    ///
    /// # Errors
    /// [`DocumentError`] for bytes that are no zip file, cut off, encrypted, or made to attack.
    pub fn open(bytes: &'a [u8], format: &'static str) -> Result<Self, DocumentError> {
        if bytes.is_empty() {
            return Err(DocumentError::Empty);
        }
        if bytes.starts_with(&COMPOUND_FILE) {
            return Err(compound_file(bytes, format));
        }
        let malformed = |detail: &str| DocumentError::Malformed {
            format,
            detail: detail.to_owned(),
        };
        // The directory is at the end of the file, so its absence is how a cut shows.
        let Some(n_listed) = n_listed(bytes) else {
            return Err(if bytes.starts_with(b"PK") {
                DocumentError::Truncated {
                    format,
                    detail: "the directory at its end is missing".to_owned(),
                }
            } else {
                malformed("it is no zip package")
            });
        };
        let too_many = || DocumentError::TooLarge {
            what: "the number of parts in the package".to_owned(),
            limit: MAX_ENTRIES.to_string(),
        };
        if n_listed > MAX_ENTRIES {
            return Err(too_many());
        }
        let archive = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| zip_fault(&error, format, "the package"))?;
        if archive.len() > MAX_ENTRIES {
            return Err(too_many());
        }
        if archive.has_duplicate_names() {
            return Err(DocumentError::Refused {
                detail: "two parts of the package have the same name".to_owned(),
            });
        }
        let mut entries = HashMap::with_capacity(archive.len());
        for index in 0..archive.len() {
            let entry = archive
                .by_index_data(index)
                .map_err(|error| zip_fault(&error, format, "the package"))?;
            if entry.encrypted() {
                return Err(DocumentError::NeedsPassword { format });
            }
            let name = entry
                .name()
                .map_err(|error| zip_fault(&error, format, "the name of a part"))?;
            if entries.insert(key(&name), index).is_some() {
                return Err(DocumentError::Refused {
                    detail: format!("two parts of the package are named {name}"),
                });
            }
        }
        Ok(Self {
            archive,
            entries,
            n_unpacked: 0,
            format,
        })
    }

    /// Whether a part exists.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(&key(name))
    }

    /// Unpacks a part, or `None` if the package has no such part.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past a cap, [`DocumentError::Truncated`] or [`DocumentError::Malformed`]
    /// for data that does not unpack.
    pub fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        let Some(&index) = self.entries.get(&key(name)) else {
            return Ok(None);
        };
        let format = self.format;
        let part = self
            .archive
            .by_index(index)
            .map_err(|error| zip_fault(&error, format, name))?;
        let left = MAX_PACKAGE_BYTES - self.n_unpacked;
        let limit = left.min(MAX_PART_BYTES);
        // The declared size is a hint at most: what counts is what comes out.
        let mut bytes = Vec::with_capacity(
            usize::try_from(part.size().min(limit))
                .unwrap_or(0)
                .min(1 << 20),
        );
        part.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| io_fault(&error, format, name))?;
        let n_bytes = bytes.len() as u64;
        if n_bytes > limit {
            let (what, cap) = if limit == MAX_PART_BYTES {
                (name.to_owned(), MAX_PART_BYTES)
            } else {
                ("the unpacked package".to_owned(), MAX_PACKAGE_BYTES)
            };
            return Err(DocumentError::TooLarge {
                what,
                limit: format!("{} MiB", cap >> 20),
            });
        }
        self.n_unpacked += n_bytes;
        Ok(Some(bytes))
    }

    /// The text of an XML part, or `None` if the package has no such part.
    ///
    /// # Errors
    /// As [`Package::read`], and [`DocumentError::Malformed`] for text that is neither UTF-8 nor UTF-16.
    pub fn read_xml(&mut self, name: &str) -> Result<Option<String>, DocumentError> {
        match self.read(name)? {
            Some(bytes) => xml::decode(bytes, self.format, name).map(Some),
            None => Ok(None),
        }
    }

    /// The relationships of a part, or of the package itself for an empty name.
    ///
    /// # Errors
    /// As [`Package::read_xml`], and for XML that is not well-formed.
    pub fn relationships(&mut self, source: &str) -> Result<Vec<Relationship>, DocumentError> {
        let (folder, file) = source.rsplit_once('/').unwrap_or(("", source));
        let prefix = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        let part = format!("{prefix}_rels/{file}.rels");
        let Some(text) = self.read_xml(&part)? else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        let mut reader = XmlReader::new(&text, self.format, &part);
        while let Some(token) = reader.token()? {
            let Token::Start(element) = token else {
                continue;
            };
            if !element.is(Space::PackageRelations, "Relationship") {
                continue;
            }
            let value = |name| {
                reader
                    .attribute(&element, Space::None, name)
                    .map(Option::unwrap_or_default)
            };
            let kind = value("Type")?;
            let target = value("Target")?;
            let external = value("TargetMode")?.eq_ignore_ascii_case("external");
            found.push(Relationship {
                id: value("Id")?,
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target: if external {
                    target
                } else {
                    self.resolve(folder, &target)
                },
                external,
            });
        }
        Ok(found)
    }

    /// Name and content type of the main part, found as OPC says: by relationship, else by content type.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] if the package names no main part or lacks it.
    pub fn main_part(&mut self) -> Result<(String, Option<String>), DocumentError> {
        let types = self.content_types()?;
        let related = self
            .relationships("")?
            .into_iter()
            .find(|r| r.kind == "officeDocument" && !r.external);
        let name = match related {
            Some(relationship) => relationship.target,
            None => types
                .parts
                .iter()
                .find(|(_, kind)| kind.contains("wordprocessingml") && kind.ends_with("main+xml"))
                .map(|(name, _)| name.clone())
                .ok_or_else(|| self.malformed("the package names no main part"))?,
        };
        if !self.contains(&name) {
            return Err(self.malformed(&format!("the main part {name} is missing")));
        }
        let kind = types.of(&name);
        Ok((name, kind))
    }

    fn malformed(&self, detail: &str) -> DocumentError {
        DocumentError::Malformed {
            format: self.format,
            detail: detail.to_owned(),
        }
    }

    fn content_types(&mut self) -> Result<ContentTypes, DocumentError> {
        const PART: &str = "[Content_Types].xml";
        let mut types = ContentTypes::default();
        let Some(text) = self.read_xml(PART)? else {
            return Ok(types);
        };
        let mut reader = XmlReader::new(&text, self.format, PART);
        while let Some(token) = reader.token()? {
            let Token::Start(element) = token else {
                continue;
            };
            let value = |name| {
                reader
                    .attribute(&element, Space::None, name)
                    .map(Option::unwrap_or_default)
            };
            if element.is(Space::ContentTypes, "Override") {
                types
                    .parts
                    .push((key(&value("PartName")?), value("ContentType")?));
            } else if element.is(Space::ContentTypes, "Default") {
                types
                    .extensions
                    .push((value("Extension")?.to_lowercase(), value("ContentType")?));
            }
        }
        Ok(types)
    }

    /// The part that a relative address means, seen from a folder.
    fn resolve(&self, folder: &str, target: &str) -> String {
        let target = target.split('#').next().unwrap_or_default();
        let mut steps: Vec<&str> = Vec::new();
        let base = if target.starts_with('/') { "" } else { folder };
        for step in base.split('/').chain(target.split('/')) {
            match step {
                "" | "." => {}
                ".." => {
                    steps.pop();
                }
                step => steps.push(step),
            }
        }
        let name = steps.join("/");
        // Zip entries carry the escaped name in most files and the plain one in some.
        if self.contains(&name) {
            name
        } else {
            percent_decoded(&name)
                .filter(|n| self.contains(n))
                .unwrap_or(name)
        }
    }
}

/// `[Content_Types].xml`
#[derive(Debug, Default)]
struct ContentTypes {
    parts: Vec<(String, String)>,
    extensions: Vec<(String, String)>,
}

impl ContentTypes {
    fn of(&self, name: &str) -> Option<String> {
        let name = key(name);
        let by_name = self.parts.iter().find(|(part, _)| *part == name);
        let extension = name.rsplit('.').next().unwrap_or_default();
        let by_extension = || self.extensions.iter().find(|(known, _)| known == extension);
        by_name.or_else(by_extension).map(|(_, kind)| kind.clone())
    }
}

/// How names are compared: without case, and without the slash that some writers put first.
fn key(name: &str) -> String {
    name.replace('\\', "/")
        .trim_start_matches('/')
        .to_ascii_lowercase()
}

fn percent_decoded(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, after @ ..]) = (first, tail) {
            let digits = [*high, *low];
            let value = std::str::from_utf8(&digits)
                .ok()
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            bytes.push(value?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Entries that the last record of a zip file counts; 65,535 stands for more.
fn n_listed(bytes: &[u8]) -> Option<usize> {
    let tail = bytes.len().saturating_sub(22 + 65_535);
    let window = &bytes[tail..];
    let at = (0..window.len().saturating_sub(21))
        .rev()
        .find(|&at| window[at..].starts_with(&END_RECORD))?;
    Some(usize::from(u16::from_le_bytes([
        window[at + 10],
        window[at + 11],
    ])))
}

/// Why a Compound File cannot be read: its stream names tell an encrypted package from an old document.
fn compound_file(bytes: &[u8], format: &'static str) -> DocumentError {
    let has_stream = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    if has_stream("EncryptedPackage") {
        return DocumentError::NeedsPassword { format };
    }
    let seen = if has_stream("WordDocument") {
        "a Word document from before 2007 (.doc; save it as .docx)"
    } else {
        "an Office file from before 2007"
    };
    DocumentError::UnknownFormat {
        seen: seen.to_owned(),
    }
}

fn zip_fault(error: &ZipError, format: &'static str, part: &str) -> DocumentError {
    match error {
        ZipError::Io(error) => io_fault(error, format, part),
        ZipError::InvalidPassword => DocumentError::NeedsPassword { format },
        error => DocumentError::Malformed {
            format,
            detail: format!("{part}: {error}"),
        },
    }
}

fn io_fault(error: &io::Error, format: &'static str, part: &str) -> DocumentError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return DocumentError::Truncated {
            format,
            detail: format!("{part} is incomplete"),
        };
    }
    DocumentError::Malformed {
        format,
        detail: format!("{part}: {error}"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::io::Write;

    /// A zip file of parts.
    pub(crate) fn zip_of(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Replaces bytes everywhere, for example names in headers.
    fn patched(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from) {
                bytes[at..at + to.len()].copy_from_slice(to);
            }
        }
        bytes
    }

    fn fault(bytes: &[u8]) -> DocumentError {
        Package::open(bytes, "docx").unwrap_err()
    }

    #[test]
    fn parts_are_read_by_name_without_case() {
        let bytes = zip_of(&[("Word/A.xml", b"<a/>")]);
        let mut package = Package::open(&bytes, "docx").unwrap();
        assert_eq!(
            package.read_xml("/word/a.XML").unwrap().as_deref(),
            Some("<a/>")
        );
        assert_eq!(package.read("b").unwrap(), None);
    }

    #[test]
    fn what_is_no_package_is_named() {
        let whole = zip_of(&[("a.xml", b"<a/>")]);
        assert_eq!(fault(b""), DocumentError::Empty);
        assert!(matches!(
            fault(b"plain text"),
            DocumentError::Malformed { .. }
        ));
        assert!(matches!(
            fault(&whole[..whole.len() - 30]),
            DocumentError::Truncated { .. }
        ));
        let mut office = COMPOUND_FILE.to_vec();
        assert!(matches!(
            fault(&office),
            DocumentError::UnknownFormat { .. }
        ));
        office.extend("WordDocument".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(
            matches!(fault(&office), DocumentError::UnknownFormat { seen } if seen.contains(".doc"))
        );
        office.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(
            fault(&office),
            DocumentError::NeedsPassword { format: "docx" }
        );
    }

    #[test]
    fn duplicates_and_encryption_are_refused() {
        let two = zip_of(&[("a.xml", b"1"), ("b.xml", b"2")]);
        assert!(matches!(
            fault(&patched(two.clone(), b"b.xml", b"a.xml")),
            DocumentError::Refused { .. }
        ));
        assert!(matches!(
            fault(&patched(two, b"b.xml", b"A.XML")),
            DocumentError::Refused { .. }
        ));
        let mut locked = zip_of(&[("a.xml", b"1")]);
        let directory = locked.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
        locked[directory + 8] |= 1;
        assert_eq!(
            fault(&locked),
            DocumentError::NeedsPassword { format: "docx" }
        );
    }

    #[test]
    fn caps_count_what_is_unpacked() {
        let big = vec![b' '; (MAX_PART_BYTES + 1) as usize];
        let bytes = zip_of(&[("big.xml", &big), ("fit.xml", &big[1..])]);
        let mut package = Package::open(&bytes, "docx").unwrap();
        let too_large = |result| matches!(result, Err(DocumentError::TooLarge { what, .. }) if what == "big.xml");
        assert!(too_large(package.read("big.xml")));
        assert!(package.read("fit.xml").is_ok());
        package.n_unpacked = MAX_PACKAGE_BYTES - 5;
        assert!(
            matches!(package.read("fit.xml"), Err(DocumentError::TooLarge { what, .. }) if what != "fit.xml")
        );
    }

    #[test]
    fn entries_are_capped() {
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|n| n.to_string()).collect();
        let parts: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), b"".as_slice()))
            .collect();
        assert!(matches!(
            fault(&zip_of(&parts)),
            DocumentError::TooLarge { .. }
        ));
    }

    #[test]
    fn damaged_data_is_malformed() {
        let mut bytes = zip_of(&[("a.xml", &b"<a>some text that is long enough</a>".repeat(9))]);
        bytes[45] ^= 0xFF;
        let mut package = Package::open(&bytes, "docx").unwrap();
        assert!(matches!(
            package.read("a.xml"),
            Err(DocumentError::Malformed { .. } | DocumentError::Truncated { .. })
        ));
    }

    #[test]
    fn relationships_resolve_like_addresses() {
        let rels = br#"<q:Relationships xmlns:q="http://schemas.openxmlformats.org/package/2006/relationships">
            <q:Relationship Id="1" Type="http://x/y/styles" Target="../s.xml"/>
            <q:Relationship Id="2" Type="t/header" Target="/x/h%20.xml"/>
            <q:Relationship Id="3" Type="t/aFChunk" TargetMode="External" Target="http://e"/></q:Relationships>"#;
        let bytes = zip_of(&[("x/_rels/d.xml.rels", rels), ("x/h .xml", b"")]);
        let found = Package::open(&bytes, "docx")
            .unwrap()
            .relationships("x/d.xml")
            .unwrap();
        let short: Vec<(&str, &str, bool)> = found
            .iter()
            .map(|r| (r.kind.as_str(), r.target.as_str(), r.external))
            .collect();
        assert_eq!(
            short,
            [
                ("styles", "s.xml", false),
                ("header", "x/h .xml", false),
                ("aFChunk", "http://e", true)
            ]
        );
    }

    #[test]
    fn the_main_part_is_found_by_type_too() {
        let types = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
            <Override PartName="/odd/name.bin" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
        let bytes = zip_of(&[("[Content_Types].xml", types), ("odd/name.bin", b"")]);
        let (name, kind) = Package::open(&bytes, "docx").unwrap().main_part().unwrap();
        assert_eq!(name, "odd/name.bin");
        assert!(kind.unwrap().ends_with("main+xml"));
        let bytes = zip_of(&[("a", b"")]);
        assert!(matches!(
            Package::open(&bytes, "docx").unwrap().main_part(),
            Err(DocumentError::Malformed { .. })
        ));
    }
}
