//! Styles of Open Document text, as far as they decide what a reader sees.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::document::flow::is_white;
use crate::document::odt::FORMAT;
use crate::document::xml::Element;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Size of text when no style gives one, in points.
const USUAL_POINTS: f32 = 12.0;

/// A size as written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Size {
    Points(f32),
    /// Part of the size that is inherited.
    Share(f32),
}

/// Character formatting; `None` where it is silent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct TextFormat {
    bold: Option<bool>,
    underline: Option<bool>,
    capitals: Option<bool>,
    hidden: Option<bool>,
    white: Option<bool>,
    shaded: Option<bool>,
    size: Option<Size>,
}

impl TextFormat {
    /// This level laid over the one it stands in or inherits from.
    pub(super) fn over(self, base: Self) -> Self {
        let size = match (self.size, base.size) {
            (Some(Size::Share(share)), Some(Size::Points(points))) => {
                Some(Size::Points(share * points))
            }
            (Some(Size::Share(a)), Some(Size::Share(b))) => Some(Size::Share(a * b)),
            (own, inherited) => own.or(inherited),
        };
        Self {
            bold: self.bold.or(base.bold),
            underline: self.underline.or(base.underline),
            capitals: self.capitals.or(base.capitals),
            hidden: self.hidden.or(base.hidden),
            white: self.white.or(base.white),
            shaded: self.shaded.or(base.shaded),
            size,
        }
    }

    /// Marked as hidden.
    pub(super) fn is_hidden(&self) -> bool {
        self.hidden == Some(true)
    }

    /// White letters without a color of their own behind them.
    pub(super) fn is_white(&self) -> bool {
        self.white == Some(true) && self.shaded != Some(true)
    }

    /// Too small to read.
    pub(super) fn is_tiny(&self) -> bool {
        let points = match self.size {
            Some(Size::Points(points)) => points,
            Some(Size::Share(share)) => share * USUAL_POINTS,
            None => USUAL_POINTS,
        };
        points < 2.0
    }

    /// Bold, underlined or in capitals.
    pub(super) fn is_emphasized(&self) -> bool {
        [self.bold, self.underline, self.capitals].contains(&Some(true))
    }

    fn read(&mut self, reader: &XmlReader<'_>, element: &Element<'_>) -> Result<(), DocumentError> {
        let attribute = |space, name| reader.attribute(element, space, name);
        if let Some(weight) = attribute(Space::OdfFo, "font-weight")? {
            self.bold =
                Some(weight == "bold" || weight.parse::<u32>().is_ok_and(|weight| weight >= 600));
        }
        if let Some(line) = attribute(Space::OdfStyle, "text-underline-style")? {
            self.underline = Some(line != "none");
        }
        let capitals = (
            attribute(Space::OdfFo, "text-transform")?,
            attribute(Space::OdfFo, "font-variant")?,
        );
        if capitals.0.is_some() || capitals.1.is_some() {
            let is_upper = capitals.0.as_deref() == Some("uppercase");
            self.capitals = Some(is_upper || capitals.1.as_deref() == Some("small-caps"));
        }
        if let Some(display) = attribute(Space::OdfText, "display")? {
            self.hidden = Some(display == "none");
        }
        if let Some(color) = attribute(Space::OdfFo, "color")? {
            self.white = Some(is_white(&color));
        }
        if attribute(Space::OdfStyle, "use-window-font-color")?.as_deref() == Some("true") {
            self.white = Some(false);
        } else if attribute(Space::LibreOffice, "opacity")?.as_deref() == Some("0%") {
            // Next to the automatic color, LibreOffice writes an opacity of 0% that it does not mean.
            self.hidden = Some(true);
        }
        self.shaded = background(reader, element)?.or(self.shaded);
        if let Some(size) = attribute(Space::OdfFo, "font-size")? {
            self.size = parse_size(&size).or(self.size);
        }
        Ok(())
    }
}

/// One style, with what it inherits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Style {
    /// Character formatting.
    pub(super) text: TextFormat,
    /// Whether the paragraph, cell, table or shape has a color behind it.
    pub(super) shaded: Option<bool>,
    /// Heading level, counted from 1; 0 is body text.
    pub(super) outline: Option<u8>,
    /// Whether a new page starts before it.
    pub(super) breaks_page: bool,
}

impl Style {
    fn over(self, base: Self) -> Self {
        Self {
            text: self.text.over(base.text),
            shaded: self.shaded.or(base.shaded),
            outline: self.outline.or(base.outline),
            breaks_page: self.breaks_page || base.breaks_page,
        }
    }
}

/// A style as written, before inheritance.
#[derive(Debug, Default)]
struct Draft {
    family: String,
    name: String,
    parent: Option<String>,
    style: Style,
}

/// The styles of a document; `styles.xml` first, then `content.xml`.
#[derive(Debug, Default)]
pub(super) struct Styles {
    drafts: Vec<Draft>,
    defaults: HashMap<String, Style>,
    by_family: HashMap<String, HashMap<String, Style>>,
    /// Words of headers, which `styles.xml` holds.
    pub(super) n_header_words: usize,
    /// Words of footers.
    pub(super) n_footer_words: usize,
}

/// Where in the part an element stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Outside,
    /// Styles that count.
    List,
    Style,
    Default,
    Header,
    Footer,
    Skip,
}

impl Styles {
    /// Takes in the styles of a part. Automatic styles of `styles.xml` belong to headers and footers
    /// and share names with those of `content.xml`, so each part gives only one of its two lists.
    ///
    /// # Errors
    /// As [`XmlReader::token`].
    pub(super) fn read(&mut self, text: &str, part: &str, list: &str) -> Result<(), DocumentError> {
        let mut reader = XmlReader::new(text, FORMAT, part);
        let mut path: Vec<Part> = Vec::new();
        let mut default = (String::new(), Style::default());
        while let Some(token) = reader.token()? {
            match token {
                Token::Start(element) => {
                    let parent = path.last().copied().unwrap_or(Part::Outside);
                    path.push(self.start(&reader, &element, parent, list, &mut default)?);
                }
                Token::End => {
                    if path.pop() == Some(Part::Default) && path.last() == Some(&Part::List) {
                        self.defaults
                            .insert(std::mem::take(&mut default.0), default.1);
                    }
                }
                Token::Text(text) => {
                    let n_words = text.split_whitespace().count();
                    match path.last() {
                        Some(Part::Header) => self.n_header_words += n_words,
                        Some(Part::Footer) => self.n_footer_words += n_words,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn start(
        &mut self,
        reader: &XmlReader<'_>,
        element: &Element<'_>,
        parent: Part,
        list: &str,
        default: &mut (String, Style),
    ) -> Result<Part, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::OdfStyle, name);
        let part = match (parent, element.space, element.local()) {
            (Part::Skip, ..) => Part::Skip,
            (Part::Header | Part::Footer, ..) => parent,
            (Part::Outside, Space::OdfOffice, local) if local == list => Part::List,
            // The text itself is read elsewhere.
            (Part::Outside, Space::OdfOffice, "body") => Part::Skip,
            (Part::Outside, Space::OdfStyle, "header" | "header-left" | "header-first") => {
                Part::Header
            }
            (Part::Outside, Space::OdfStyle, "footer" | "footer-left" | "footer-first") => {
                Part::Footer
            }
            (Part::Outside, ..) => Part::Outside,
            (Part::List, Space::OdfStyle, "style") => {
                self.drafts.push(Self::draft(reader, element)?);
                Part::Style
            }
            (Part::List, Space::OdfStyle, "default-style") => {
                *default = (attribute("family")?.unwrap_or_default(), Style::default());
                Part::Default
            }
            (Part::Style, Space::OdfStyle, local) if local.ends_with("-properties") => {
                if let Some(draft) = self.drafts.last_mut() {
                    read_properties(&mut draft.style, reader, element)?;
                }
                Part::Skip
            }
            (Part::Default, Space::OdfStyle, local) if local.ends_with("-properties") => {
                read_properties(&mut default.1, reader, element)?;
                Part::Skip
            }
            _ => Part::Skip,
        };
        Ok(part)
    }

    fn draft(reader: &XmlReader<'_>, element: &Element<'_>) -> Result<Draft, DocumentError> {
        let attribute = |name| reader.attribute(element, Space::OdfStyle, name);
        let name = attribute("name")?.unwrap_or_default();
        let display_name = attribute("display-name")?;
        let mut style = Style {
            // A master page of its own starts a page.
            breaks_page: attribute("master-page-name")?.is_some_and(|name| !name.is_empty()),
            outline: built_in_level(display_name.as_deref().unwrap_or(&name)),
            ..Style::default()
        };
        if let Some(level) = attribute("default-outline-level")? {
            // An empty level takes the heading off.
            style.outline = Some(level.parse().unwrap_or(0));
        }
        Ok(Draft {
            family: attribute("family")?.unwrap_or_default(),
            parent: attribute("parent-style-name")?,
            name,
            style,
        })
    }

    /// Resolves the chains, each style once.
    pub(super) fn inherit(&mut self) {
        let drafts = std::mem::take(&mut self.drafts);
        let mut places: HashMap<(&str, &str), usize> = HashMap::new();
        for (index, draft) in drafts.iter().enumerate() {
            places.insert((&draft.family, &draft.name), index);
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
                let draft = &drafts[index];
                next = draft
                    .parent
                    .as_deref()
                    .and_then(|name| places.get(&(draft.family.as_str(), name)).copied());
            }
            let family_default = || {
                self.defaults
                    .get(&drafts[start].family)
                    .copied()
                    .unwrap_or_default()
            };
            let mut base = next
                .and_then(|index| resolved[index])
                .unwrap_or_else(family_default);
            for index in chain.into_iter().rev() {
                base = drafts[index].style.over(base);
                resolved[index] = Some(base);
            }
        }
        for (draft, style) in drafts.iter().zip(resolved) {
            let family = self.by_family.entry(draft.family.clone()).or_default();
            family.insert(draft.name.clone(), style.unwrap_or_default());
        }
    }

    /// A style by its family and name; the family's default if there is none.
    pub(super) fn get(&self, family: &str, name: Option<&str>) -> Style {
        let named = name.and_then(|name| self.by_family.get(family)?.get(name));
        named
            .or_else(|| self.defaults.get(family))
            .copied()
            .unwrap_or_default()
    }
}

fn read_properties(
    style: &mut Style,
    reader: &XmlReader<'_>,
    element: &Element<'_>,
) -> Result<(), DocumentError> {
    if element.local() == "text-properties" {
        return style.text.read(reader, element);
    }
    if let Some(shaded) = background(reader, element)? {
        style.shaded = Some(shaded);
    }
    if let Some(fill) = reader.attribute(element, Space::OdfDraw, "fill")? {
        let color = reader.attribute(element, Space::OdfDraw, "fill-color")?;
        let is_paper =
            fill == "none" || (fill == "solid" && color.is_some_and(|color| is_white(&color)));
        style.shaded = Some(!is_paper);
    }
    if reader
        .attribute(element, Space::OdfFo, "break-before")?
        .as_deref()
        == Some("page")
    {
        style.breaks_page = true;
    }
    Ok(())
}

/// Whether `fo:background-color` puts a color behind the text, if it is there.
fn background(
    reader: &XmlReader<'_>,
    element: &Element<'_>,
) -> Result<Option<bool>, DocumentError> {
    let color = reader.attribute(element, Space::OdfFo, "background-color")?;
    Ok(color.map(|color| color != "transparent" && !is_white(&color)))
}

/// Heading level of the styles that every file has.
fn built_in_level(name: &str) -> Option<u8> {
    let name = name.replace("_20_", " ").to_ascii_lowercase();
    match name.as_str() {
        "title" => Some(1),
        "subtitle" => Some(2),
        _ => name
            .strip_prefix("heading ")?
            .parse()
            .ok()
            .filter(|level| (1..=10).contains(level)),
    }
}

fn parse_size(size: &str) -> Option<Size> {
    let size = size.trim();
    let at = size.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = size.split_at(at);
    let number: f32 = number.parse().ok()?;
    let points = match unit {
        "pt" => number,
        "px" => number * 0.75,
        "in" => number * 72.0,
        "cm" => number * 28.35,
        "mm" => number * 2.835,
        "%" => return Some(Size::Share(number / 100.0)),
        _ => return None,
    };
    Some(Size::Points(points))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NS: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
        xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' \
        xmlns:fo='urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0'";

    #[test]
    fn styles_inherit_within_their_family() {
        let xml = format!(
            "<office:document-styles {NS}><office:styles>\
             <style:default-style style:family='paragraph'><style:text-properties fo:font-size='10pt'/></style:default-style>\
             <style:style style:name='Heading_20_1' style:display-name='Heading 1' style:family='paragraph'>\
             <style:text-properties fo:font-weight='bold'/></style:style>\
             <style:style style:name='P1' style:family='paragraph' style:parent-style-name='Heading_20_1'>\
             <style:text-properties fo:font-size='10%'/></style:style>\
             <style:style style:name='P1' style:family='text'/>\
             <style:style style:name='A' style:family='text' style:parent-style-name='A'/></office:styles>\
             <office:automatic-styles><style:style style:name='P1' style:family='paragraph'/></office:automatic-styles>\
             <office:master-styles><style:header>Page <style:x>1</style:x></style:header></office:master-styles>\
             </office:document-styles>"
        );
        let mut styles = Styles::default();
        styles.read(&xml, "styles.xml", "styles").unwrap();
        styles.inherit();
        let style = styles.get("paragraph", Some("P1"));
        assert_eq!(style.outline, Some(1));
        assert!(style.text.is_emphasized() && style.text.is_tiny());
        assert!(!styles.get("text", Some("P1")).text.is_emphasized());
        assert!(!styles.get("paragraph", Some("unknown")).text.is_tiny());
        assert_eq!(styles.n_header_words, 2);
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("1.5pt"), Some(Size::Points(1.5)));
        assert_eq!(parse_size("50%"), Some(Size::Share(0.5)));
        assert_eq!((parse_size("12"), parse_size("é")), (None, None));
    }
}
