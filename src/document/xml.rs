//! XML as office packages use it: namespaces resolved, no DOCTYPE, five entities, bounded depth.
//!
//! A thin layer over `quick-xml` that turns every fault into a [`DocumentError`] naming the part.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::events::BytesRef;
use quick_xml::events::BytesStart;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

use crate::error::DocumentError;

/// Deepest nesting that is read; word processors stay below 100.
pub(super) const MAX_DEPTH: usize = 512;

/// Most namespace declarations in scope at once; bounds the cost of resolving a prefix.
const MAX_NAMESPACES: usize = 256;

/// Defines [`Space`] and its lookup by namespace name.
macro_rules! spaces {
    ($($(#[$doc:meta])* $name:ident: $($uri:literal),+;)+) => {
        /// A namespace that some reader knows, whatever prefix the file gives it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Space {
            /// No namespace.
            None,
            /// A namespace that no reader knows.
            Other,
            $($(#[$doc])* $name,)+
        }

        impl Space {
            /// The namespace of a name; OOXML has a transitional and a strict one for each.
            fn from_uri(uri: &str) -> Self {
                match uri {
                    $($($uri)|+ => Self::$name,)+
                    _ => Self::Other,
                }
            }
        }
    };
}

spaces! {
    /// `xml:` itself.
    Xml: "http://www.w3.org/XML/1998/namespace";
    /// `w:`
    Word: "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main";
    /// `mc:`
    Compatibility: "http://schemas.openxmlformats.org/markup-compatibility/2006";
    /// `r:`
    Relation: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships";
    /// `a:`
    Drawing: "http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main";
    /// `wp:`
    Placement: "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "http://purl.oclc.org/ooxml/drawingml/wordprocessingDrawing";
    /// `wps:`
    Shape: "http://schemas.microsoft.com/office/word/2010/wordprocessingShape";
    /// `v:`
    Vml: "urn:schemas-microsoft-com:vml";
    /// `o:`
    VmlOffice: "urn:schemas-microsoft-com:office:office";
    /// `m:`
    Math: "http://schemas.openxmlformats.org/officeDocument/2006/math", "http://purl.oclc.org/ooxml/officeDocument/math";
    /// The relationship files of a package.
    PackageRelations: "http://schemas.openxmlformats.org/package/2006/relationships";
    /// The content types of a package.
    ContentTypes: "http://schemas.openxmlformats.org/package/2006/content-types";
    /// `docProps/app.xml`
    ExtendedProperties: "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
        "http://purl.oclc.org/ooxml/officeDocument/extendedProperties";
    /// `office:`
    OdfOffice: "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
    /// `text:`
    OdfText: "urn:oasis:names:tc:opendocument:xmlns:text:1.0";
    /// `table:`
    OdfTable: "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
    /// `draw:`
    OdfDraw: "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0";
    /// `style:`
    OdfStyle: "urn:oasis:names:tc:opendocument:xmlns:style:1.0";
    /// `fo:`
    OdfFo: "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0";
    /// `form:`
    OdfForm: "urn:oasis:names:tc:opendocument:xmlns:form:1.0";
    /// `meta:`
    OdfMeta: "urn:oasis:names:tc:opendocument:xmlns:meta:1.0";
    /// `manifest:`
    OdfManifest: "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0";
    /// `svg:`
    OdfSvg: "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0";
    /// `loext:`
    LibreOffice: "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0";
    /// `field:`
    OdfField: "urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0";
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Element<'i> {
    /// Namespace of the name.
    pub(super) space: Space,
    start: BytesStart<'i>,
}

impl Element<'_> {
    /// The name without its prefix.
    pub(super) fn local(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// Whether this is the element of a namespace and name.
    pub(super) fn is(&self, space: Space, local: &str) -> bool {
        self.space == space && self.local() == local
    }

    /// Whether white space inside is kept, where the element says so.
    pub(super) fn keeps_space(&self) -> Option<bool> {
        // The prefix `xml` is reserved, so a look at the raw attribute is enough.
        let raw = self.start.attributes_raw();
        if raw.is_empty() {
            return None;
        }
        raw.find("xml:space")
            .map(|at| raw[at..].contains("preserve"))
    }
}

/// What a reader sees, in order.
#[derive(Debug)]
pub(super) enum Token<'i> {
    /// A start tag; an empty element is a start and an end.
    Start(Element<'i>),
    /// The end of the innermost open element.
    End,
    /// Character data with its references resolved; a text may come in pieces.
    Text(Cow<'i, str>),
}

/// Reads one part of a package.
pub(super) struct XmlReader<'i> {
    inner: NsReader<&'i [u8]>,
    depth: usize,
    has_root: bool,
    format: &'static str,
    part: &'i str,
}

impl<'i> XmlReader<'i> {
    /// A reader of `text`; `format` and `part` are for messages.
    pub(super) fn new(text: &'i str, format: &'static str, part: &'i str) -> Self {
        let mut inner = NsReader::from_str(text);
        inner.config_mut().expand_empty_elements = true;
        inner
            .resolver_mut()
            .set_max_namespace_bindings(MAX_NAMESPACES);
        Self {
            inner,
            depth: 0,
            has_root: false,
            format,
            part,
        }
    }

    /// The next token, or `None` after the root element.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] for XML that is not well-formed, [`DocumentError::Refused`] for a DOCTYPE,
    /// [`DocumentError::TooLarge`] past [`MAX_DEPTH`].
    pub(super) fn token(&mut self) -> Result<Option<Token<'i>>, DocumentError> {
        loop {
            let event = match self.inner.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.malformed(&error.to_string())),
            };
            match event {
                Event::Start(start) => return self.start(start).map(Some),
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Token::End));
                }
                // Outside the root only white space is legal, and it means nothing.
                Event::Text(text) if self.depth > 0 => {
                    return Ok(Some(Token::Text(text.xml10_content())));
                }
                Event::CData(text) if self.depth > 0 => {
                    return Ok(Some(Token::Text(text.xml10_content())));
                }
                Event::GeneralRef(reference) => {
                    return self.resolve(&reference).map(|text| Some(Token::Text(text)));
                }
                Event::DocType(doctype) => return Err(self.doctype(&doctype)),
                Event::Eof if self.depth > 0 => {
                    return Err(self.malformed("ends inside an element"));
                }
                Event::Eof if !self.has_root => return Err(self.malformed("has no element")),
                Event::Eof => return Ok(None),
                // `expand_empty_elements` leaves no `Empty`; declarations and comments say nothing to a reader.
                Event::Empty(_)
                | Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_) => {}
            }
        }
    }

    /// The value of an attribute of the element that was returned last.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] for broken attributes.
    pub(super) fn attribute(
        &self,
        element: &Element<'_>,
        space: Space,
        local: &str,
    ) -> Result<Option<String>, DocumentError> {
        for attribute in element.start.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            if attribute.key.local_name().into_inner() != local {
                continue;
            }
            let (found, _) = self.inner.resolver().resolve_attribute(attribute.key);
            if space_of(&found) == space {
                let value = attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .map_err(|error| self.malformed(&error.to_string()))?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }

    /// A fault of this part.
    pub(super) fn malformed(&self, what: &str) -> DocumentError {
        DocumentError::Malformed {
            format: self.format,
            detail: format!(
                "{}: {what} (near byte {})",
                self.part,
                self.inner.buffer_position()
            ),
        }
    }

    fn start(&mut self, start: BytesStart<'i>) -> Result<Token<'i>, DocumentError> {
        if self.depth == 0 && self.has_root {
            return Err(self.malformed("has two root elements"));
        }
        self.has_root = true;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(DocumentError::TooLarge {
                what: format!("the nesting of elements in {}", self.part),
                limit: format!("{MAX_DEPTH} levels"),
            });
        }
        let space = space_of(&self.inner.resolver().resolve_element(start.name()).0);
        Ok(Token::Start(Element { space, start }))
    }

    fn resolve(&self, reference: &BytesRef<'i>) -> Result<Cow<'i, str>, DocumentError> {
        match reference.resolve_char_ref() {
            Ok(Some(c)) => return Ok(Cow::Owned(c.to_string())),
            Ok(None) => {}
            Err(error) => return Err(self.malformed(&error.to_string())),
        }
        let text = match &**reference {
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "apos" => "'",
            "quot" => "\"",
            name => return Err(self.malformed(&format!("has an undefined entity &{name};"))),
        };
        Ok(Cow::Borrowed(text))
    }

    /// External and nested entities are the classic attack; office files never declare a document type.
    fn doctype(&self, doctype: &str) -> DocumentError {
        let name: String = doctype
            .trim_start()
            .chars()
            .take_while(|c| !c.is_whitespace() && *c != '[')
            .take(40)
            .collect();
        DocumentError::Refused {
            detail: format!("DOCTYPE {name} in {}", self.part),
        }
    }
}

fn space_of(found: &ResolveResult<'_>) -> Space {
    match found {
        ResolveResult::Bound(namespace) => Space::from_uri(namespace.into_inner()),
        ResolveResult::Unbound => Space::None,
        ResolveResult::Unknown(_) => Space::Other,
    }
}

/// The text of an XML part in UTF-8 or UTF-16, told apart as the XML specification says.
///
/// # Errors
/// [`DocumentError::Malformed`] for bytes that are not what the part claims: nothing is replaced silently.
pub(super) fn decode(
    bytes: Vec<u8>,
    format: &'static str,
    part: &str,
) -> Result<String, DocumentError> {
    let malformed = |what: String| DocumentError::Malformed {
        format,
        detail: format!("{part}: {what}"),
    };
    let utf16: Option<fn([u8; 2]) -> u16> = match bytes.as_slice() {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(unit) = utf16 {
        if bytes.len() % 2 == 1 {
            return Err(malformed("ends inside a UTF-16 character".to_owned()));
        }
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        return text
            .map(|text| text.trim_start_matches('\u{FEFF}').to_owned())
            .map_err(|_| malformed("is not valid UTF-16".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        malformed(format!(
            "is not valid UTF-8 (byte {})",
            error.utf8_error().valid_up_to()
        ))
    })?;
    let text = match text.strip_prefix('\u{FEFF}') {
        Some(rest) => rest.to_owned(),
        None => text,
    };
    match declared_encoding(&text) {
        Some(name)
            if !["utf-8", "utf8", "us-ascii", "ascii"]
                .contains(&name.to_ascii_lowercase().as_str()) =>
        {
            Err(malformed(format!(
                "declares the encoding {name}, and office files are UTF-8 or UTF-16"
            )))
        }
        _ => Ok(text),
    }
}

/// The encoding named by the XML declaration.
fn declared_encoding(text: &str) -> Option<&str> {
    let declaration = text.strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration
        .split("encoding")
        .nth(1)?
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(xml: &str) -> Result<String, DocumentError> {
        let mut reader = XmlReader::new(xml, "docx", "part.xml");
        let mut out = String::new();
        while let Some(token) = reader.token()? {
            match token {
                Token::Start(element) => {
                    out.push_str(&format!("<{:?} {}>", element.space, element.local()));
                }
                Token::End => out.push_str("</>"),
                Token::Text(text) => out.push_str(&text),
            }
        }
        Ok(out)
    }

    #[test]
    fn names_are_resolved_whatever_the_prefix() {
        let xml = "<?xml version='1.0'?><z:p xmlns:z='http://purl.oclc.org/ooxml/wordprocessingml/main' xmlns='u'>\
                   <q/>a&amp;&#x41;<![CDATA[<b>]]></z:p> ";
        assert_eq!(walk(xml).unwrap(), "<Word p><Other q></>a&A<b></>");
    }

    #[test]
    fn attributes_need_the_right_namespace() {
        let xml = "<a xmlns:x='urn:y' xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' \
                   x:val='1' w:val='2&lt;'/>";
        let mut reader = XmlReader::new(xml, "docx", "part.xml");
        let Ok(Some(Token::Start(element))) = reader.token() else {
            panic!("no element")
        };
        assert_eq!(
            reader
                .attribute(&element, Space::Word, "val")
                .unwrap()
                .as_deref(),
            Some("2<")
        );
        assert_eq!(
            reader.attribute(&element, Space::None, "val").unwrap(),
            None
        );
    }

    #[test]
    fn faults_are_named() {
        let refused = |xml| matches!(walk(xml), Err(DocumentError::Refused { detail }) if detail == "DOCTYPE a in part.xml");
        assert!(refused(
            "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///x'>]><a>&b;</a>"
        ));
        for xml in [
            "<a>&b;</a>",
            "<a><b></a>",
            "<a>",
            "",
            "<a/><b/>",
            "<a>&#0;</a>",
            "<a b='1' b='2'></c>",
        ] {
            assert!(
                matches!(walk(xml), Err(DocumentError::Malformed { .. })),
                "{xml}"
            );
        }
        let deep = "<a>".repeat(MAX_DEPTH + 1);
        assert!(matches!(walk(&deep), Err(DocumentError::TooLarge { .. })));
    }

    #[test]
    fn encodings_are_checked() {
        let utf16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let decoded = |bytes: Vec<u8>| decode(bytes, "docx", "part.xml");
        assert_eq!(decoded(utf16("\u{FEFF}<é/>")).unwrap(), "<é/>");
        assert_eq!(decoded(utf16("<é/>")).unwrap(), "<é/>");
        assert_eq!(decoded(b"\xEF\xBB\xBF<a/>".to_vec()).unwrap(), "<a/>");
        assert!(decoded(b"<a>\x93</a>".to_vec()).is_err());
        assert!(decoded(vec![0xFF, 0xFE, 0x00, 0xD8]).is_err());
        assert!(decoded(b"<?xml version='1.0' encoding='windows-1252'?><a/>".to_vec()).is_err());
        assert!(decoded(b"<?xml version='1.0' encoding='UTF-8'?><a/>".to_vec()).is_ok());
    }
}
