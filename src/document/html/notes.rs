//! How word processors write footnotes in html: a link in the text, and a container at the end.

use html5ever::tokenizer::Tag;

/// What a tag has to do with footnotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoteSign {
    /// A link to a note, with the note's key; its text is only the number.
    Reference(String),
    /// The number inside the note, which links back.
    BackLink,
    /// The element that holds a note, with its key.
    Container(String),
}

/// Tells what a tag has to do with footnotes, by the ways of LibreOffice, Word and pandoc.
pub(super) fn sign(tag: &Tag) -> Option<NoteSign> {
    let value = |name: &str| {
        tag.attrs
            .iter()
            .find(|a| &*a.name.local == name)
            .map(|a| a.value.trim())
    };
    if &*tag.name == "a" {
        let class = value("class").unwrap_or_default();
        let role = value("role").unwrap_or_default();
        let href = value("href").unwrap_or_default();
        let has_class =
            |names: &[&str]| class.split_whitespace().any(|class| names.contains(&class));
        if has_class(&["sdfootnotesym", "sdendnotesym", "footnote-back"])
            || role == "doc-backlink"
            || href.starts_with("#_ftnref")
            || href.starts_with("#_ednref")
        {
            return Some(NoteSign::BackLink);
        }
        let is_reference = has_class(&["sdfootnoteanc", "sdendnoteanc", "footnote-ref"])
            || role == "doc-noteref"
            || href.starts_with("#_ftn")
            || href.starts_with("#_edn");
        return is_reference.then(|| {
            let key = href.trim_start_matches('#').trim_start_matches('_');
            NoteSign::Reference(key.strip_suffix("sym").unwrap_or(key).to_owned())
        });
    }
    let id = value("id")?;
    let names = ["sdfootnote", "sdendnote", "ftn", "edn", "fn"];
    let is_note = names.iter().any(|name| {
        let number = id.strip_prefix(name).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    is_note.then(|| NoteSign::Container(id.to_owned()))
}
