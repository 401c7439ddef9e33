//! The state of a page while its tokens go by: open elements, the paragraph, notes. There is no tree.

use std::collections::HashMap;
use std::mem;

use html5ever::LocalName;
use html5ever::tokenizer::Tag;
use html5ever::tokenizer::TagKind;
use html5ever::tokenizer::states::RawKind;

use crate::document::BlockKind;
use crate::document::DocumentBuilder;
use crate::document::flow::Item;
use crate::document::flow::Paragraph;
use crate::document::flow::Volume;
use crate::document::html::look::Computed;
use crate::document::html::look::Own;
use crate::document::html::notes;
use crate::document::html::notes::NoteSign;
use crate::document::html::tags;
use crate::document::tally::Tally;
use crate::error::DocumentError;

/// Most elements open at once: bounds memory, far above anything a browser would show.
const MAX_OPEN: usize = 500_000;
/// Most elements that are reopened when formatting ends around an open block.
const MAX_REOPENED: usize = 64;

/// An open element.
#[derive(Clone, Debug)]
struct Open {
    name: LocalName,
    own: Own,
    computed: Computed,
}

/// A finished piece of the page.
#[derive(Debug)]
enum Piece {
    Item(Item),
    /// Here a note was referred to.
    Reference(String),
}

/// A page being read.
#[derive(Debug, Default)]
pub(super) struct Page {
    open: Vec<Open>,
    /// Places of the open elements by name, innermost last.
    places: HashMap<LocalName, Vec<usize>>,
    /// Places of the open blocks, innermost last.
    blocks: Vec<usize>,
    /// Places of the open elements that no end tag from inside closes.
    walls: Vec<usize>,
    paragraph: Paragraph,
    references: Vec<String>,
    pieces: Vec<Piece>,
    /// Keys of the notes seen; [`Own::note`] counts from 0.
    note_keys: Vec<String>,
    notes: HashMap<String, Vec<Item>>,
    /// What has to be told.
    pub(super) tally: Tally,
    volume: Volume,
    /// Characters that the tokenizer could not decode.
    pub(super) n_undecoded: usize,
    /// The open element whose content is no markup.
    pub(super) raw: Option<LocalName>,
}

impl Page {
    /// Takes in a tag; says how the tokenizer should go on.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past a cap.
    pub(super) fn tag(&mut self, tag: &Tag) -> Result<Option<RawKind>, DocumentError> {
        if tag.kind == TagKind::EndTag {
            self.raw = None;
            self.end(&tag.name)?;
            return Ok(None);
        }
        let name = &*tag.name;
        let is_foreign = self.computed().all().is_foreign;
        if is_foreign && tag.self_closing {
            return Ok(None);
        }
        if tags::is_block(name) {
            // Blocks that are not on the page do not part the text around them.
            if !self.computed().all().skips {
                self.finish_paragraph()?;
            }
            self.close_implied(name);
        }
        if tags::is_void(name) {
            self.void(tag)?;
            return Ok(None);
        }
        let own = self.own(tag);
        self.push(tag.name.clone(), own)?;
        let raw = tags::raw_kind(name);
        self.raw = raw.map(|_| tag.name.clone());
        Ok(raw)
    }

    /// Takes in text.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] past the cap on text.
    pub(super) fn text(&mut self, text: &str) -> Result<(), DocumentError> {
        let computed = self.computed();
        let own = computed.all();
        if own.skips || own.deletes {
            return Ok(());
        }
        self.n_undecoded += text.matches('\u{FFFD}').count();
        self.volume.add_text(text.len())?;
        self.paragraph.push(text, computed.look(), None);
        Ok(())
    }

    /// Ends the page and hands it to the builder, each note after the block that refers to it.
    ///
    /// # Errors
    /// As [`DocumentBuilder::push`].
    pub(super) fn finish(&mut self, builder: &mut DocumentBuilder) -> Result<(), DocumentError> {
        self.finish_paragraph()?;
        for piece in mem::take(&mut self.pieces) {
            match piece {
                Piece::Item(item) => item.emit(builder)?,
                Piece::Reference(key) => {
                    for item in self.notes.remove(&key).into_iter().flatten() {
                        item.emit(builder)?;
                    }
                }
            }
        }
        // Notes that nothing refers to stand on the page all the same.
        for key in mem::take(&mut self.note_keys) {
            for item in self.notes.remove(&key).into_iter().flatten() {
                item.emit(builder)?;
            }
        }
        for warning in self.tally.warnings() {
            builder.warn(warning);
        }
        Ok(())
    }

    fn computed(&self) -> Computed {
        self.open
            .last()
            .map(|open| open.computed)
            .unwrap_or_default()
    }

    fn own(&mut self, tag: &Tag) -> Own {
        let mut own = Own::default();
        own.read(tag);
        let name = &*tag.name;
        let has = |wanted: &str| {
            tag.attrs
                .iter()
                .any(|attribute| &*attribute.name.local == wanted)
        };
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => own.heading = name[1..].parse().ok(),
            "b" | "strong" => own.bold = own.bold.or(Some(true)),
            "u" => own.underlines = true,
            "td" | "th" => own.is_cell = true,
            "li" => own.is_item = true,
            "svg" | "math" => own.is_foreign = true,
            "option" => own.skips |= !has("selected"),
            "dialog" => own.vanishes |= !has("open"),
            "ins" => self.tally.n_insertions += 1,
            "del" => {
                self.tally.n_deletions += 1;
                own.deletes = true;
            }
            _ => own.skips |= tags::is_skipped(name),
        }
        match notes::sign(tag) {
            Some(NoteSign::Reference(key)) => {
                own.skips = true;
                if !self.computed().all().skips {
                    self.references.push(key);
                }
            }
            Some(NoteSign::BackLink) => own.skips = true,
            Some(NoteSign::Container(key)) => {
                own.note = u32::try_from(self.note_keys.len()).ok();
                self.note_keys.push(key);
            }
            None => {}
        }
        own
    }

    /// Elements without content.
    fn void(&mut self, tag: &Tag) -> Result<(), DocumentError> {
        match &*tag.name {
            "br" => self.text(" "),
            "img" => {
                self.tally.n_pictures += 1;
                Ok(())
            }
            "input" => {
                let value = |name: &str| {
                    tag.attrs
                        .iter()
                        .find(|a| &*a.name.local == name)
                        .map(|a| a.value.trim())
                };
                let kind = value("type").unwrap_or("text").to_ascii_lowercase();
                let is_typed = matches!(
                    kind.as_str(),
                    "text" | "search" | "email" | "tel" | "url" | "number" | "date"
                );
                match value("value").filter(|_| is_typed) {
                    Some(typed) => self.text(&format!(" {typed} ")),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Closes what the start of a block closes without an end tag.
    fn close_implied(&mut self, name: &str) {
        let wall = self.walls.last().copied();
        self.close_within("p", wall);
        match name {
            "li" => {
                let list = ["ul", "ol", "menu", "dir"]
                    .iter()
                    .filter_map(|name| self.place(name))
                    .max();
                self.close_within("li", wall.max(list));
            }
            "dt" | "dd" => {
                let list = wall.max(self.place("dl"));
                self.close_within("dt", list);
                self.close_within("dd", list);
            }
            "option" => self.close_within("option", wall),
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption" => {
                let table = self.place("table");
                let inner = ["td", "th", "caption", "tr", "tbody", "thead", "tfoot"];
                let n_closed = match name {
                    "td" | "th" => 3,
                    "tr" => 4,
                    _ => 7,
                };
                for name in &inner[..n_closed] {
                    self.close_within(name, table);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &LocalName) -> Result<(), DocumentError> {
        let is_block = tags::is_block(name);
        if is_block && !self.computed().all().skips {
            self.finish_paragraph()?;
        }
        let Some(place) = self.place(name) else {
            return Ok(());
        };
        if is_block {
            let wall = if tags::is_table_part(name) {
                self.place("table")
            } else {
                self.walls.last().copied()
            };
            if tags::is_wall(name) || wall.is_none_or(|wall| place > wall) {
                self.truncate(place);
            }
            return Ok(());
        }
        let is_clear = self.blocks.last().is_none_or(|&block| place > block);
        if is_clear {
            self.truncate(place);
        } else if tags::is_formatting(name) && self.walls.last().is_none_or(|&wall| place > wall) {
            // `<b><p>one</b> two</p>`: the formatting ends, the block goes on without it.
            let mut above = Vec::new();
            while self.open.len() > place + 1 {
                above.extend(self.pop());
            }
            self.truncate(place);
            if above.len() <= MAX_REOPENED {
                for open in above.into_iter().rev() {
                    self.push(open.name, open.own)?;
                }
            }
        }
        Ok(())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places
            .get(&LocalName::from(name))
            .and_then(|places| places.last())
            .copied()
    }

    fn close_within(&mut self, name: &str, wall: Option<usize>) {
        if let Some(place) = self
            .place(name)
            .filter(|&place| wall.is_none_or(|wall| place > wall))
        {
            self.truncate(place);
        }
    }

    fn push(&mut self, name: LocalName, own: Own) -> Result<(), DocumentError> {
        if self.open.len() >= MAX_OPEN {
            return Err(DocumentError::TooLarge {
                what: "the nesting of elements".to_owned(),
                limit: format!("{MAX_OPEN} levels"),
            });
        }
        let place = self.open.len();
        if tags::is_block(&name) {
            self.blocks.push(place);
        }
        if tags::is_wall(&name) {
            self.walls.push(place);
        }
        self.places.entry(name.clone()).or_default().push(place);
        let computed = self.computed().inner(own);
        self.open.push(Open {
            name,
            own,
            computed,
        });
        Ok(())
    }

    fn pop(&mut self) -> Option<Open> {
        let open = self.open.pop()?;
        if let Some(places) = self.places.get_mut(&open.name) {
            places.pop();
            if places.is_empty() {
                self.places.remove(&open.name);
            }
        }
        Some(open)
    }

    /// Closes the element at a place and all inside it.
    fn truncate(&mut self, place: usize) {
        while self.open.len() > place {
            self.pop();
        }
        for marks in [&mut self.blocks, &mut self.walls] {
            while marks.last().is_some_and(|&mark| mark >= place) {
                marks.pop();
            }
        }
    }

    fn finish_paragraph(&mut self) -> Result<(), DocumentError> {
        let computed = self.computed();
        let own = computed.all();
        let kind = match own.heading {
            _ if own.note.is_some() => BlockKind::Footnote,
            Some(level) => BlockKind::Heading { level },
            None if own.is_cell => BlockKind::TableCell,
            None if own.is_item => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        let is_blank = self.paragraph.is_blank();
        let mut items = Vec::new();
        self.paragraph.finish(kind, None, &mut items);
        let key = own.note.and_then(|note| self.note_keys.get(note as usize));
        match key {
            Some(key) => self.notes.entry(key.clone()).or_default().extend(items),
            None => self.pieces.extend(items.into_iter().map(Piece::Item)),
        }
        // A note inside a note would never be reached, so it follows the text like the others.
        self.pieces.extend(
            mem::take(&mut self.references)
                .into_iter()
                .map(Piece::Reference),
        );
        if is_blank {
            Ok(())
        } else {
            self.volume.add_block()
        }
    }
}
