//! Styles and list definitions: what a paragraph is when it does not say so itself.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::document::docx::FORMAT;
use crate::document::docx::format::RunFormat;
use crate::document::docx::format::is_on;
use crate::document::docx::format::is_shaded;
use crate::document::docx::format::number;
use crate::document::docx::format::value;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Outline level that means body text.
const BODY_LEVEL: u32 = 9;

/// One style, with what it inherits.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    /// Character formatting.
    pub(super) run: RunFormat,
    /// Outline level counted from 0; 9 is body text.
    pub(super) outline: Option<u32>,
    /// List definition; 0 takes a list off.
    pub(super) list: Option<u32>,
    /// Level in the list.
    pub(super) list_level: Option<u32>,
    /// Whether the paragraph has a color behind it.
    pub(super) shaded: Option<bool>,
    /// Whether some cell of a table with this style has a color behind it.
    pub(super) shades_cells: bool,
}

impl Style {
    fn over(&self, base: &Self) -> Self {
        Self {
            run: self.run.over(base.run),
            outline: self.outline.or(base.outline),
            list: self.list.or(base.list),
            list_level: self.list_level.or(base.list_level),
            shaded: self.shaded.or(base.shaded),
            shades_cells: self.shades_cells || base.shades_cells,
        }
    }
}

/// The styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    /// Formatting of all runs.
    pub(super) defaults: RunFormat,
    default_paragraph: Style,
}

/// A style as written, before inheritance.
#[derive(Debug, Default)]
struct Draft {
    id: String,
    based_on: Option<String>,
    style: Style,
    is_paragraph: bool,
    is_default: bool,
}

impl Styles {
    /// Reads the part `word/styles.xml`.
    ///
    /// # Errors
    /// As [`XmlReader::token`].
    pub(super) fn read(text: &str, part: &str) -> Result<Self, DocumentError> {
        let mut reader = XmlReader::new(text, FORMAT, part);
        let mut styles = Self::default();
        let mut drafts: Vec<Draft> = Vec::new();
        // Names of the open elements that decide what a child means.
        let mut path: Vec<Part> = Vec::new();
        while let Some(token) = reader.token()? {
            match token {
                Token::Start(element) => {
                    let parent = path.last().copied().unwrap_or(Part::Root);
                    let part = open(&reader, &element, parent, &mut drafts, &mut styles.defaults)?;
                    path.push(part);
                }
                Token::End => {
                    path.pop();
                }
                Token::Text(_) => {}
            }
        }
        styles.inherit(&drafts);
        Ok(styles)
    }

    /// A style by its id.
    pub(super) fn get(&self, id: &str) -> Option<&Style> {
        self.by_id.get(id)
    }

    /// The style of paragraphs that name none.
    pub(super) fn default_paragraph(&self) -> &Style {
        &self.default_paragraph
    }

    /// Resolves the chains, each style once: a chain of thousands costs no more than it is long.
    fn inherit(&mut self, drafts: &[Draft]) {
        // The first of two styles with one id wins, as in Word.
        let mut by_id: HashMap<&str, usize> = HashMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            by_id.entry(&draft.id).or_insert(index);
        }
        let mut resolved: Vec<Option<Style>> = vec![None; drafts.len()];
        for start in 0..drafts.len() {
            let mut chain = Vec::new();
            let mut seen = HashSet::new();
            let mut next = Some(start);
            while let Some(index) =
                next.filter(|&index| resolved[index].is_none() && seen.insert(index))
            {
                chain.push(index);
                next = drafts[index]
                    .based_on
                    .as_deref()
                    .and_then(|id| by_id.get(id).copied());
            }
            let mut base = next
                .and_then(|index| resolved[index].clone())
                .unwrap_or_default();
            for index in chain.into_iter().rev() {
                base = drafts[index].style.over(&base);
                resolved[index] = Some(base.clone());
            }
        }
        for (draft, style) in drafts.iter().zip(resolved) {
            let style = style.unwrap_or_default();
            if draft.is_paragraph && draft.is_default {
                self.default_paragraph = style.clone();
            }
            self.by_id.entry(draft.id.clone()).or_insert(style);
        }
    }
}

/// Where in the part an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Root,
    Defaults,
    DefaultRun,
    Style,
    /// Formatting of some cells of a table style.
    Conditional,
    Paragraph,
    List,
    Run,
    /// `w:tblPr` or `w:tcPr` of a table style.
    Table,
    Skip,
}

fn open(
    reader: &XmlReader<'_>,
    element: &Element<'_>,
    parent: Part,
    drafts: &mut Vec<Draft>,
    defaults: &mut RunFormat,
) -> Result<Part, DocumentError> {
    if element.space != Space::Word {
        return Ok(Part::Skip);
    }
    let attribute = |name| reader.attribute(element, Space::Word, name);
    let part = match (parent, element.local()) {
        (Part::Root, "styles") => Part::Root,
        (Part::Root, "docDefaults") => Part::Defaults,
        (Part::Defaults, "rPrDefault") => Part::Defaults,
        (Part::Defaults, "rPr") => Part::DefaultRun,
        (Part::DefaultRun, _) => {
            defaults.read(reader, element)?;
            Part::Skip
        }
        (Part::Root, "style") => {
            drafts.push(Draft {
                id: attribute("styleId")?.unwrap_or_default(),
                is_paragraph: attribute("type")?.is_none_or(|kind| kind == "paragraph"),
                is_default: attribute("default")?.is_some_and(|on| is_on(Some(&on))),
                ..Draft::default()
            });
            Part::Style
        }
        (Part::Style, "tblStylePr") => Part::Conditional,
        (Part::Style, "pPr") => Part::Paragraph,
        (Part::Style, "rPr") => Part::Run,
        (Part::Style | Part::Conditional, "tblPr" | "tcPr") => Part::Table,
        (Part::Paragraph, "numPr") => Part::List,
        (parent, _) => {
            if let Some(draft) = drafts.last_mut() {
                draft.read(reader, element, parent)?;
            }
            Part::Skip
        }
    };
    Ok(part)
}

impl Draft {
    /// Takes in one property.
    fn read(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Part,
    ) -> Result<(), DocumentError> {
        match (parent, element.local()) {
            (Part::Style, "name") => {
                // An outline level written in the style wins over what its built-in name stands for.
                let name = value(reader, element)?.unwrap_or_default();
                self.style.outline = self.style.outline.or(built_in_level(&name));
            }
            (Part::Style, "basedOn") => self.based_on = value(reader, element)?,
            (Part::Paragraph, "outlineLvl") => self.style.outline = number(reader, element)?,
            (Part::Paragraph, "shd") => self.style.shaded = Some(is_shaded(reader, element)?),
            (Part::List, "numId") => self.style.list = number(reader, element)?,
            (Part::List, "ilvl") => self.style.list_level = number(reader, element)?,
            (Part::Run, _) => self.style.run.read(reader, element)?,
            (Part::Table, "shd") => self.style.shades_cells |= is_shaded(reader, element)?,
            _ => {}
        }
        Ok(())
    }
}

/// The outline level of Word's own styles, which keep their English name in every language.
fn built_in_level(name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "title" => Some(0),
        "subtitle" => Some(1),
        _ => {
            let level: u32 = name.strip_prefix("heading ")?.parse().ok()?;
            (1..=9).contains(&level).then(|| level - 1)
        }
    }
}

/// The heading level, counted from 1, of an outline level; `None` for body text.
pub(super) fn heading_level(outline: Option<u32>) -> Option<u8> {
    let outline = outline.filter(|&level| level < BODY_LEVEL)?;
    u8::try_from(outline + 1).ok()
}

/// List definitions: only whether a level shows a bullet or number matters.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Levels, by list, that show nothing in front of the text.
    silent: HashSet<(u32, u32)>,
}

impl Lists {
    /// Reads the part `word/numbering.xml`.
    ///
    /// # Errors
    /// As [`XmlReader::token`].
    pub(super) fn read(text: &str, part: &str) -> Result<Self, DocumentError> {
        let mut reader = XmlReader::new(text, FORMAT, part);
        let mut lists = Self::default();
        let mut silent_of_kind: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut kind = None;
        let mut list = None;
        let mut level = 0;
        let mut format = String::new();
        while let Some(token) = reader.token()? {
            let Token::Start(element) = token else {
                continue;
            };
            if element.space != Space::Word {
                continue;
            }
            let attribute = |name| {
                let value = reader.attribute(&element, Space::Word, name);
                value.map(|value| value.and_then(|value| value.trim().parse::<u32>().ok()))
            };
            match element.local() {
                "abstractNum" => (kind, list) = (attribute("abstractNumId")?, None),
                "num" => (kind, list) = (None, attribute("numId")?),
                "abstractNumId" => {
                    if let (Some(list), Some(kind)) = (list, number(&reader, &element)?) {
                        let levels = silent_of_kind.get(&kind).into_iter().flatten();
                        lists.silent.extend(levels.map(|&level| (list, level)));
                    }
                }
                "lvl" => (level, format) = (attribute("ilvl")?.unwrap_or(0), String::new()),
                "numFmt" => format = value(&reader, &element)?.unwrap_or_default(),
                "lvlText" => {
                    let text = value(&reader, &element)?.unwrap_or_default();
                    let is_silent = shows_nothing(&format, &text);
                    if let Some(list) = list {
                        // A level that one list overrides.
                        lists.silent.remove(&(list, level));
                        if is_silent {
                            lists.silent.insert((list, level));
                        }
                    } else if let (Some(kind), true) = (kind, is_silent) {
                        silent_of_kind.entry(kind).or_default().push(level);
                    }
                }
                _ => {}
            }
        }
        Ok(lists)
    }

    /// Whether a paragraph with this list and level is an item that a reader sees as one.
    pub(super) fn is_item(&self, list: Option<u32>, level: Option<u32>) -> bool {
        list.is_some_and(|list| list != 0 && !self.silent.contains(&(list, level.unwrap_or(0))))
    }
}

/// Whether a level text has neither a sign nor a number to show.
fn shows_nothing(format: &str, text: &str) -> bool {
    let mut has_number = false;
    let mut has_sign = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '%' && chars.peek().is_some_and(char::is_ascii_digit) {
            chars.next();
            has_number = true;
        } else if !c.is_whitespace() {
            has_sign = true;
        }
    }
    // "%1." with the format "none" shows a bare full stop, which nobody reads as a list.
    if has_number {
        format == "none"
    } else {
        !has_sign
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'";

    #[test]
    fn styles_inherit_and_cycles_end() {
        let xml = format!(
            "<w:styles {W}><w:style w:type='paragraph' w:default='1' w:styleId='N'><w:rPr><w:sz w:val='2'/></w:rPr></w:style>\
             <w:style w:styleId='berschrift1'><w:name w:val='heading 1'/><w:basedOn w:val='N'/></w:style>\
             <w:style w:styleId='Mine'><w:basedOn w:val='berschrift1'/><w:pPr><w:numPr><w:numId w:val='4'/></w:numPr></w:pPr></w:style>\
             <w:style w:styleId='Body'><w:name w:val='Heading 2'/><w:pPr><w:outlineLvl w:val='9'/></w:pPr></w:style>\
             <w:style w:styleId='A'><w:basedOn w:val='B'/></w:style><w:style w:styleId='B'><w:basedOn w:val='A'/></w:style></w:styles>"
        );
        let styles = Styles::read(&xml, "styles.xml").unwrap();
        let level = |id| heading_level(styles.get(id).unwrap().outline);
        assert_eq!(
            (
                level("berschrift1"),
                level("Mine"),
                level("Body"),
                level("A")
            ),
            (Some(1), Some(1), None, None)
        );
        assert_eq!(styles.get("Mine").unwrap().list, Some(4));
        assert_eq!(
            styles.get("Mine").unwrap().run,
            styles.default_paragraph().run
        );
        assert!(styles.get("C").is_none());
    }

    #[test]
    fn table_styles_tell_of_shaded_cells() {
        let xml = format!(
            "<w:styles {W}><w:style w:type='table' w:styleId='T'><w:tblStylePr w:type='firstRow'><w:tcPr>\
             <w:shd w:val='clear' w:fill='4F81BD'/></w:tcPr></w:tblStylePr></w:style></w:styles>"
        );
        assert!(
            Styles::read(&xml, "styles.xml")
                .unwrap()
                .get("T")
                .unwrap()
                .shades_cells
        );
    }

    #[test]
    fn lists_without_a_sign_are_no_lists() {
        let level = |n: u32, format: &str, text: &str| {
            format!(
                "<w:lvl w:ilvl='{n}'><w:numFmt w:val='{format}'/><w:lvlText w:val='{text}'/></w:lvl>"
            )
        };
        let xml = format!(
            "<w:numbering {W}><w:abstractNum w:abstractNumId='1'>{}{}{}</w:abstractNum>\
             <w:num w:numId='7'><w:abstractNumId w:val='1'/></w:num></w:numbering>",
            level(0, "decimal", "%1."),
            level(1, "none", ""),
            level(2, "bullet", " ")
        );
        let lists = Lists::read(&xml, "numbering.xml").unwrap();
        assert!(lists.is_item(Some(7), None) && lists.is_item(Some(99), Some(3)));
        assert!(!lists.is_item(Some(7), Some(1)) && !lists.is_item(Some(7), Some(2)));
        assert!(!lists.is_item(Some(0), None) && !lists.is_item(None, None));
    }
}
