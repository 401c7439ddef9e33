//! Small files built by hand, each for one way that words are kept or left out.

use super::*;
use crate::document::BlockKind;
use crate::document::HiddenReason;
use crate::document::package::tests::zip_of;
use crate::warning::WarningCode;

const NS: &str = "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' \
    xmlns:t='urn:oasis:names:tc:opendocument:xmlns:text:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' \
    xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0' \
    xmlns:fo='urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0' \
    xmlns:draw='urn:oasis:names:tc:opendocument:xmlns:drawing:1.0' \
    xmlns:svg='urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0' \
    xmlns:form='urn:oasis:names:tc:opendocument:xmlns:form:1.0' \
    xmlns:field='urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0' xmlns:dc='http://purl.org/dc/elements/1.1/' \
    xmlns:loext='urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0'";

/// A file with automatic styles and a body.
fn file(styles: &str, body: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content {NS}><office:automatic-styles>{styles}</office:automatic-styles>\
         <office:body><office:text>{body}</office:text></office:body></office:document-content>"
    );
    zip_of(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        (CONTENT, content.as_bytes()),
    ])
}

fn read(styles: &str, body: &str) -> Document {
    parse(&file(styles, body)).unwrap()
}

fn blocks(document: &Document) -> Vec<(BlockKind, &str)> {
    document
        .blocks
        .iter()
        .map(|block| (block.kind, block.span.slice(&document.text)))
        .collect()
}

fn texts(document: &Document) -> Vec<&str> {
    blocks(document).into_iter().map(|(_, text)| text).collect()
}

fn warnings(document: &Document) -> Vec<(WarningCode, &str)> {
    document
        .warnings
        .iter()
        .map(|warning| (warning.code, warning.message.as_str()))
        .collect()
}

/// An automatic style.
fn style(family: &str, name: &str, properties: &str) -> String {
    format!("<style:style style:family='{family}' style:name='{name}'>{properties}</style:style>")
}

#[test]
fn paragraphs_headings_lists_and_cells() {
    let styles = "<style:style style:family='paragraph' style:name='P1' style:parent-style-name='Title'/>\
                  <style:style style:family='paragraph' style:name='Title'/>";
    let document = read(
        styles,
        "<t:p t:style-name='P1'>Top</t:p>\n<t:h t:outline-level='2'>He<t:span>ad</t:span></t:h>\
         <t:p>a<t:s t:c='3'/>b<t:tab/>c<t:line-break/>d<t:bookmark t:name='x'/> <t:a>link</t:a></t:p>\
         <t:list><t:list-item><t:p>item</t:p><t:list><t:list-item><t:p>sub</t:p></t:list-item></t:list></t:list-item></t:list>\
         <table:table><table:table-row><table:table-cell><t:p>one</t:p><t:p>two</t:p></table:table-cell>\
         <table:covered-table-cell/></table:table-row></table:table>",
    );
    assert_eq!(
        blocks(&document),
        [
            (BlockKind::Heading { level: 1 }, "Top"),
            (BlockKind::Heading { level: 2 }, "Head"),
            (BlockKind::Paragraph, "a b c d link"),
            (BlockKind::ListItem, "item"),
            (BlockKind::ListItem, "sub"),
            (BlockKind::TableCell, "one"),
            (BlockKind::TableCell, "two"),
        ]
    );
}

#[test]
fn notes_and_boxes_follow_and_asides_are_counted() {
    let document = read(
        "",
        "<t:tracked-changes><t:changed-region><t:deletion><office:change-info/><t:p>gone</t:p></t:deletion></t:changed-region>\
         <t:changed-region><t:insertion/></t:changed-region></t:tracked-changes>\
         <t:p>ro<t:note><t:note-citation>1</t:note-citation><t:note-body><t:p>note</t:p></t:note-body></t:note>ta\
         <office:annotation><dc:creator>HR</dc:creator><t:p>add more here</t:p></office:annotation><t:change t:change-id='1'/>\
         <draw:frame><svg:title>alt</svg:title><draw:text-box><t:p>box</t:p></draw:text-box></draw:frame></t:p>\
         <t:p>next<draw:custom-shape><t:p>shape</t:p></draw:custom-shape><draw:object/></t:p>",
    );
    let paragraph = BlockKind::Paragraph;
    assert_eq!(
        blocks(&document),
        [
            (paragraph, "rota"),
            (BlockKind::Footnote, "note"),
            (paragraph, "box"),
            (paragraph, "next"),
            (paragraph, "shape")
        ]
    );
    assert_eq!(
        warnings(&document),
        [
            (
                WarningCode::TrackedChanges,
                "the file has tracked changes: 1 insertion read as text, 1 deletion left out"
            ),
            (
                WarningCode::Unreadable,
                "an embedded object was not read; paste its text into the document"
            ),
            (WarningCode::LeftOut, "left out: 3 words of comments"),
        ]
    );
}

#[test]
fn what_cannot_be_seen_is_listed() {
    let styles = style("text", "H", "<style:text-properties t:display='none'/>")
        + &style("text", "W", "<style:text-properties fo:color='#ffffff'/>")
        + &style(
            "text",
            "A",
            "<style:text-properties style:use-window-font-color='true' loext:opacity='0%'/>",
        )
        + &style("text", "T", "<style:text-properties fo:font-size='1pt'/>")
        + &style(
            "table-cell",
            "C",
            "<style:table-cell-properties fo:background-color='#003366'/>",
        );
    let document = read(
        &styles,
        "<t:p><t:span t:style-name='H'>a</t:span><t:span t:style-name='A'>b</t:span><t:span t:style-name='W'>c<t:span>d</t:span></t:span>\
         <t:span t:style-name='T'>e</t:span></t:p><t:section t:display='none'><t:p>f</t:p></t:section>\
         <t:p>g<t:hidden-paragraph t:is-hidden='true'/></t:p>\
         <table:table><table:table-row><table:table-cell table:style-name='C'><t:p><t:span t:style-name='W'>seen</t:span></t:p>\
         </table:table-cell></table:table-row></table:table>",
    );
    assert_eq!(texts(&document), ["b", "seen"]);
    let hidden: Vec<(HiddenReason, &str)> = document
        .hidden
        .iter()
        .map(|h| (h.why, h.text.as_str()))
        .collect();
    assert_eq!(
        hidden,
        [
            (HiddenReason::Vanished, "a"),
            (HiddenReason::White, "cd"),
            (HiddenReason::Tiny, "e"),
            (HiddenReason::Vanished, "f g")
        ]
    );
}

#[test]
fn controls_and_prompts() {
    let document = read(
        "",
        "<office:forms><form:form><form:textarea form:id='c1' form:current-value='typed in'/><form:listbox form:id='c2'>\
         <form:option form:label='no'/><form:option form:label='yes' form:current-selected='true'/></form:listbox></form:form>\
         </office:forms><t:p>a<draw:control draw:control='c1'/><draw:control draw:control='c1'/><draw:control draw:control='c2'/></t:p>\
         <t:p>b <t:placeholder>Name</t:placeholder><loext:content-control loext:showing-place-holder='true'>Pick</loext:content-control>\
         <loext:content-control>mine</loext:content-control><field:fieldmark field:type='x'>\
         <field:param field:name='Dropdown_ListEntry' field:value='u'/><field:param field:name='Dropdown_ListEntry' field:value='v'/>\
         <field:param field:name='Dropdown_Selected' field:value='1'/></field:fieldmark></t:p>",
    );
    assert_eq!(texts(&document), ["a", "typed in", "yes", "b minev"]);
    assert_eq!(
        warnings(&document),
        [(
            WarningCode::LeftOut,
            "2 form controls marked as not filled in left out (the first reads: NamePick)"
        )]
    );
}

#[test]
fn pages_and_emphasis() {
    let styles = style(
        "paragraph",
        "B",
        "<style:paragraph-properties fo:break-before='page'/>",
    ) + &style(
        "text",
        "S",
        "<style:text-properties fo:font-weight='bold'/>",
    );
    let document = read(
        &styles,
        "<t:p t:style-name='B'><t:span t:style-name='S'>Head</t:span>:</t:p><t:p>a<t:soft-page-break/>b</t:p><t:p>c</t:p>\
         <t:p t:style-name='B'>d</t:p>",
    );
    let pages: Vec<Option<u32>> = document.blocks.iter().map(|block| block.page).collect();
    assert_eq!(pages, [Some(1), Some(1), Some(2), Some(3)]);
    assert_eq!(document.n_pages, Some(3));
    assert_eq!(
        document
            .blocks
            .iter()
            .map(|b| b.emphasized)
            .collect::<Vec<_>>(),
        [true, false, false, false]
    );
}

#[test]
fn other_kinds_and_passwords_are_named() {
    let sheet = zip_of(&[(
        "mimetype",
        b"application/vnd.oasis.opendocument.spreadsheet",
    )]);
    assert_eq!(
        parse(&sheet),
        Err(DocumentError::UnknownFormat {
            seen: "an Open Document spreadsheet".to_owned()
        })
    );
    let manifest = b"<m:manifest xmlns:m='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'><m:file-entry><m:encryption-data/>\
                     </m:file-entry></m:manifest>";
    let locked = zip_of(&[("META-INF/manifest.xml", manifest), (CONTENT, b"\x01\x02")]);
    assert_eq!(
        parse(&locked),
        Err(DocumentError::NeedsPassword { format: "odt" })
    );
    let missing = zip_of(&[("mimetype", b"application/vnd.oasis.opendocument.text")]);
    assert!(matches!(
        parse(&missing),
        Err(DocumentError::Malformed { .. })
    ));
    let doctype = zip_of(&[(CONTENT, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>")]);
    assert!(matches!(
        parse(&doctype),
        Err(DocumentError::Refused { .. })
    ));
    assert_eq!(parse(&file("", "<t:p/>")), Err(DocumentError::Empty));
}
