//! Small files built by hand, each for one way that words are kept or left out.

use super::*;
use crate::document::BlockKind;
use crate::document::HiddenReason;
use crate::document::package::tests::zip_of;
use crate::warning::WarningCode;

const MAIN: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const NS: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main' \
    xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' \
    xmlns:r='http://schemas.openxmlformats.org/officeDocument/2006/relationships' \
    xmlns:wps='http://schemas.microsoft.com/office/word/2010/wordprocessingShape' \
    xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing' \
    xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main' \
    xmlns:v='urn:schemas-microsoft-com:vml' xmlns:o='urn:schemas-microsoft-com:office:office'";

/// A file with a body and further parts: kind of relationship, content of the part.
fn file(body: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let types = format!(
        "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>\
         <Override PartName='/w/d.xml' ContentType='{MAIN}'/></Types>"
    );
    let relation = |id: usize, kind: &str, target: &str| {
        format!("<Relationship Id='r{id}' Type='http://x/{kind}' Target='{target}'/>")
    };
    let open =
        "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>";
    let root = format!(
        "{open}{}</Relationships>",
        relation(0, "officeDocument", "w/d.xml")
    );
    let lines: String = parts
        .iter()
        .enumerate()
        .map(|(n, (kind, _))| relation(n, kind, &format!("{n}.xml")))
        .collect();
    let rels = format!("{open}{lines}</Relationships>");
    let main = format!("<w:document {NS}><w:body>{body}</w:body></w:document>");
    let contents: Vec<(String, String)> = parts
        .iter()
        .enumerate()
        .map(|(n, (_, xml))| {
            (
                format!("w/{n}.xml"),
                xml.replacen('>', &format!(" {NS}>"), 1),
            )
        })
        .collect();
    let mut all: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("w/_rels/d.xml.rels", rels.as_bytes()),
        ("w/d.xml", main.as_bytes()),
    ];
    all.extend(
        contents
            .iter()
            .map(|(name, xml)| (name.as_str(), xml.as_bytes())),
    );
    zip_of(&all)
}

fn read(body: &str) -> Document {
    parse(&file(body, &[])).unwrap()
}

fn read_with(body: &str, parts: &[(&str, &str)]) -> Document {
    parse(&file(body, parts)).unwrap()
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

fn hidden(document: &Document) -> Vec<(HiddenReason, &str)> {
    document
        .hidden
        .iter()
        .map(|hidden| (hidden.why, hidden.text.as_str()))
        .collect()
}

/// A paragraph with one run.
fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn runs_join_and_signs_become_characters() {
    let document = read(
        "<w:p><w:r><w:t xml:space='preserve'>I led </w:t></w:r><w:r><w:t>twe</w:t><w:softHyphen/><w:t>lve</w:t><w:tab/>\
         <w:t> a&amp;b </w:t><w:br/><w:t>next</w:t><w:noBreakHyphen/><w:t>day</w:t><w:cr/><w:t>x</w:t>\
         <w:sym w:font='Wingdings' w:char='F0FC'/><w:sym w:font='Webdings' w:char='F021'/></w:r></w:p>",
    );
    assert_eq!(texts(&document), ["I led twelve a&b next-day x✓"]);
    assert_eq!(
        warnings(&document),
        [(
            WarningCode::UnmappedCharacters,
            "1 sign of a symbol font left out"
        )]
    );
}

#[test]
fn other_prefixes_and_strict_files_are_read() {
    let main = "<z:document xmlns:z='http://purl.oclc.org/ooxml/wordprocessingml/main'><z:body><z:p><z:r><z:t>strict\
                </z:t></z:r></z:p></z:body></z:document>";
    let utf16: Vec<u8> = main.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let types = format!(
        "<q:Types xmlns:q='http://schemas.openxmlformats.org/package/2006/content-types'>\
         <q:Override PartName='/odd.part' ContentType='{MAIN}'/></q:Types>"
    );
    for main in [main.as_bytes(), &utf16] {
        let bytes = zip_of(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("odd.part", main),
        ]);
        assert_eq!(texts(&parse(&bytes).unwrap()), ["strict"]);
    }
}

#[test]
fn kinds_come_from_styles_and_lists() {
    let styles = "<w:styles><w:style w:styleId='berschrift2'><w:name w:val='heading 2'/></w:style>\
                  <w:style w:styleId='Liste'><w:pPr><w:numPr><w:numId w:val='3'/></w:numPr></w:pPr></w:style></w:styles>";
    let numbering = "<w:numbering><w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:numFmt w:val='none'/>\
                     <w:lvlText w:val=''/></w:lvl></w:abstractNum><w:num w:numId='9'><w:abstractNumId w:val='0'/></w:num></w:numbering>";
    let body = [
        "<w:pStyle w:val='berschrift2'/>",
        "<w:outlineLvl w:val='0'/>",
        "<w:pStyle w:val='Liste'/>",
        "<w:pStyle w:val='Liste'/><w:numPr><w:numId w:val='0'/></w:numPr>",
        "<w:numPr><w:numId w:val='9'/></w:numPr>",
        "<w:pStyle w:val='berschrift2'/><w:outlineLvl w:val='9'/>",
    ]
    .map(|format| format!("<w:p><w:pPr>{format}</w:pPr><w:r><w:t>x</w:t></w:r></w:p>"))
    .concat();
    let document = read_with(&body, &[("styles", styles), ("numbering", numbering)]);
    let kinds: Vec<BlockKind> = document.blocks.iter().map(|block| block.kind).collect();
    assert_eq!(
        kinds,
        [
            BlockKind::Heading { level: 2 },
            BlockKind::Heading { level: 1 },
            BlockKind::ListItem,
            BlockKind::Paragraph,
            BlockKind::Paragraph,
            BlockKind::Paragraph
        ]
    );
}

#[test]
fn cells_are_read_one_by_one_and_nested() {
    let inner = format!("<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>", p("inner"));
    let body = format!(
        "<w:tbl><w:tr><w:tc>{}{}</w:tc><w:tc>{}{inner}<w:p/></w:tc></w:tr></w:tbl>{}",
        p("a"),
        p("b"),
        p("c"),
        p("after")
    );
    let cell = BlockKind::TableCell;
    assert_eq!(
        blocks(&read(&body)),
        [
            (cell, "a"),
            (cell, "b"),
            (cell, "c"),
            (cell, "inner"),
            (BlockKind::Paragraph, "after")
        ]
    );
}

#[test]
fn text_boxes_come_once_and_after_their_paragraph() {
    let content = format!("<w:txbxContent>{}{}</w:txbxContent>", p("box"), p("two"));
    let body = format!(
        "<w:p><w:r><w:t>an</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>\
         {content}</wps:txbx></wps:wsp></w:drawing></mc:Choice><mc:Fallback><w:pict><v:shape><v:textbox>{content}\
         </v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>chor</w:t></w:r></w:p>{}",
        p("next")
    );
    assert_eq!(texts(&read(&body)), ["anchor", "box", "two", "next"]);
    let only_fallback = body.replace(&format!("<wps:txbx>{content}</wps:txbx>"), "");
    assert_eq!(
        texts(&read(&only_fallback)),
        ["anchor", "box", "two", "next"]
    );
}

#[test]
fn tracked_changes_are_accepted_and_counted() {
    let document = read(
        "<w:p><w:r><w:t xml:space='preserve'>I led </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r><w:del><w:r><w:delText>no</w:delText>\
         </w:r></w:del></w:ins><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t> here</w:t></w:r></w:moveTo></w:p>\
         <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>one </w:t></w:r></w:p><w:p><w:r><w:t>line</w:t></w:r></w:p>\
         <w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>row</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
    );
    assert_eq!(texts(&document), ["I led newhere", "one line"]);
    assert_eq!(
        warnings(&document),
        [(
            WarningCode::TrackedChanges,
            "the file has tracked changes: 2 insertions read as text, 4 deletions left out"
        )]
    );
}

#[test]
fn a_deleted_paragraph_end_stops_at_a_table() {
    let deleted = "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>";
    let body = format!(
        "<w:p>{deleted}<w:r><w:t>a</w:t></w:r></w:p><w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>",
        p("b")
    );
    assert_eq!(
        blocks(&read(&body)),
        [(BlockKind::Paragraph, "a"), (BlockKind::TableCell, "b")]
    );
}

#[test]
fn fields_show_results_only() {
    let sign = |kind: &str| format!("<w:r><w:fldChar w:fldCharType='{kind}'/></w:r>");
    let (begin, mid, end) = (sign("begin"), sign("separate"), sign("end"));
    let drop_down = "<w:r><w:fldChar w:fldCharType='begin'><w:ffData><w:ddList><w:result w:val='1'/><w:listEntry w:val='no'/>\
                     <w:listEntry w:val='yes'/></w:ddList></w:ffData></w:fldChar></w:r>";
    let body = format!(
        "<w:p>{begin}<w:r><w:instrText>IF</w:instrText></w:r>{begin}<w:r><w:instrText>X</w:instrText></w:r>{mid}<w:r><w:t>code\
         </w:t></w:r>{end}{mid}<w:r><w:t>result</w:t></w:r></w:p><w:p><w:r><w:t>more</w:t></w:r>{end}{drop_down}{mid}{end}\
         <w:fldSimple w:instr='DATE'><w:r><w:t>today</w:t></w:r></w:fldSimple></w:p>"
    );
    let document = read(&body);
    assert_eq!(texts(&document), ["result", "moreyestoday"]);
    assert_eq!(warnings(&document), []);
    let document = read(&format!(
        "{}<w:p>{begin}<w:r><w:t>lost words</w:t></w:r></w:p>",
        p("kept")
    ));
    assert_eq!(texts(&document), ["kept"]);
    assert_eq!(
        warnings(&document),
        [(
            WarningCode::Unreadable,
            "2 words inside a field that never ends left out (lost words)"
        )]
    );
}

#[test]
fn controls_are_text_and_prompts_are_not() {
    let control = |format: &str, text: &str| {
        format!(
            "<w:sdt><w:sdtPr>{format}</w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>",
            p(text)
        )
    };
    let body = control("<w:alias w:val='no'/>", "typed")
        + &control("<w:showingPlcHdr/>", "Click here to enter text")
        + &control("<w:showingPlcHdr w:val='0'/>", "mine");
    let document = read(&body);
    assert_eq!(texts(&document), ["typed", "mine"]);
    assert_eq!(
        warnings(&document),
        [(
            WarningCode::LeftOut,
            "1 form control marked as not filled in left out (the first reads: Click here to enter text)"
        )]
    );
}

#[test]
fn notes_follow_the_paragraph_that_refers_to_them() {
    let footnotes = format!(
        "<w:footnotes><w:footnote w:type='separator' w:id='0'>{}</w:footnote><w:footnote w:id='2'>{}{}</w:footnote>\
         <w:footnote w:id='3'>{}</w:footnote></w:footnotes>",
        p("line"),
        p("note"),
        p("more"),
        p("unused")
    );
    let endnotes = format!(
        "<w:endnotes><w:endnote w:id='2'>{}</w:endnote></w:endnotes>",
        p("end")
    );
    let body = format!(
        "<w:p><w:r><w:t>a</w:t><w:endnoteReference w:id='2'/></w:r><w:r><w:footnoteReference w:id='2'/></w:r></w:p>{}\
         <w:p><w:r><w:footnoteReference w:id='2'/></w:r></w:p>",
        p("b")
    );
    let document = read_with(&body, &[("footnotes", &footnotes), ("endnotes", &endnotes)]);
    let note = BlockKind::Footnote;
    assert_eq!(
        blocks(&document),
        [
            (BlockKind::Paragraph, "a"),
            (note, "end"),
            (note, "note"),
            (note, "more"),
            (BlockKind::Paragraph, "b")
        ]
    );
}

#[test]
fn asides_are_counted_and_not_read() {
    let comments = format!(
        "<w:comments><w:comment>{}</w:comment></w:comments>",
        p("add a result")
    );
    let header = format!("<w:hdr>{}</w:hdr>", p("Jane Q."));
    let document = read_with(
        &format!(
            "{}<w:altChunk r:id='r2'/><w:p><w:r><w:object><o:OLEObject ProgID='Word.Document.12'/></w:object></w:r></w:p>",
            p("text")
        ),
        &[
            ("comments", &comments),
            ("header", &header),
            ("aFChunk", "<html>"),
        ],
    );
    assert_eq!(texts(&document), ["text"]);
    assert_eq!(
        warnings(&document),
        [
            (
                WarningCode::Unreadable,
                "an inserted document (w/2.xml) was not read; paste its text into the document"
            ),
            (
                WarningCode::Unreadable,
                "an embedded object (Word.Document.12) was not read; paste its text into the document"
            ),
            (
                WarningCode::LeftOut,
                "left out: 3 words of comments, 2 words of headers"
            ),
        ]
    );
}

#[test]
fn what_cannot_be_seen_is_listed() {
    let styles = "<w:styles><w:style w:type='character' w:styleId='H'><w:rPr><w:vanish/></w:rPr></w:style></w:styles>";
    let run = |format: &str, text: &str| {
        format!("<w:r><w:rPr>{format}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>")
    };
    let body = format!(
        "<w:p>{}{}{}{}{}{}{}</w:p><w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val='clear' w:fill='1F3864'/></w:tcPr><w:p>{}</w:p></w:tc></w:tr>\
         <w:tr><w:trPr><w:hidden/></w:trPr><w:tc><w:p>{}</w:p></w:tc></w:tr></w:tbl>",
        run("<w:vanish/>", "one "),
        run("<w:rStyle w:val='H'/>", "two "),
        run("<w:rStyle w:val='H'/><w:vanish w:val='0'/>", "seen "),
        run("<w:color w:val='FFFFFF'/>", "three"),
        run(
            "<w:color w:val='FFFFFF'/><w:highlight w:val='black'/>",
            "marked "
        ),
        run("<w:sz w:val='3'/>", "four"),
        run("<w:sz w:val='4'/>", "small"),
        run("<w:color w:val='FFFFFF'/>", "cell"),
        run("", "row"),
    );
    let document = read_with(&body, &[("styles", styles)]);
    assert_eq!(texts(&document), ["seen marked small", "cell"]);
    assert_eq!(
        hidden(&document),
        [
            (HiddenReason::Vanished, "one two"),
            (HiddenReason::White, "three"),
            (HiddenReason::Tiny, "four"),
            (HiddenReason::Vanished, "row")
        ]
    );
}

#[test]
fn white_text_in_filled_shapes_is_seen() {
    let shape = |fill: &str| {
        format!(
            "<w:p><w:r><w:drawing><wp:anchor><wp:docPr id='1'/><wps:wsp><wps:spPr><a:ln><a:solidFill><a:srgbClr val='000000'/></a:solidFill>\
             </a:ln>{fill}</wps:spPr><wps:txbx><w:txbxContent><w:p><w:r><w:rPr><w:color w:val='FFFFFF'/></w:rPr><w:t>x</w:t></w:r></w:p>\
             </w:txbxContent></wps:txbx></wps:wsp></wp:anchor></w:drawing></w:r></w:p>"
        )
    };
    let blue = shape("<a:solidFill><a:srgbClr val='1F3864'/></a:solidFill>");
    assert_eq!(texts(&read(&blue)), ["x"]);
    assert_eq!(texts(&read(&(p("a") + &shape("<a:noFill/>")))), ["a"]);
    let vanished = blue.replace("id='1'", "hidden='1'");
    assert_eq!(texts(&read(&(p("a") + &vanished))), ["a"]);
}

#[test]
fn emphasis_is_of_the_whole_paragraph() {
    let styles = "<w:styles><w:style w:styleId='B'><w:rPr><w:b/></w:rPr></w:style></w:styles>";
    let run =
        |format: &str, text: &str| format!("<w:r><w:rPr>{format}</w:rPr><w:t>{text}</w:t></w:r>");
    let body = format!(
        "<w:p>{}{}</w:p><w:p>{}{}</w:p><w:p><w:pPr><w:pStyle w:val='B'/></w:pPr>{}</w:p><w:p><w:pPr><w:pStyle w:val='B'/></w:pPr>{}</w:p>",
        run("<w:b/>", "Head"),
        run("", ":"),
        run("<w:u w:val='single'/>", "Head"),
        run("", "text"),
        run("", "style"),
        run("<w:b w:val='false'/>", "plain")
    );
    let document = read_with(&body, &[("styles", styles)]);
    let emphasized: Vec<bool> = document
        .blocks
        .iter()
        .map(|block| block.emphasized)
        .collect();
    assert_eq!(emphasized, [true, false, true, false]);
}

#[test]
fn pages_need_marks_of_a_layout() {
    let page_break = "<w:p><w:r><w:br w:type='page'/></w:r></w:p>";
    let body = format!("{}{page_break}{}", p("a"), p("b"));
    let document = read(&body);
    assert_eq!(
        document
            .blocks
            .iter()
            .map(|block| block.page)
            .collect::<Vec<_>>(),
        [None, None]
    );
    assert_eq!(document.n_pages, None);
    let rendered = "<w:p><w:r><w:lastRenderedPageBreak/><w:t>x</w:t></w:r></w:p>";
    let row = format!("<w:tbl><w:tr><w:tc>{rendered}</w:tc><w:tc>{rendered}</w:tc></w:tr></w:tbl>");
    let document = read(&format!("{}{page_break}{rendered}{row}{rendered}", p("a")));
    let pages: Vec<Option<u32>> = document.blocks.iter().map(|block| block.page).collect();
    assert_eq!(pages, [Some(1), Some(2), Some(3), Some(3), Some(4)]);
    assert_eq!(document.n_pages, Some(4));
}

#[test]
fn other_programs_and_scans_are_named() {
    let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Default Extension='xml' \
                 ContentType='application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'/></Types>";
    let rels = "<Relationships xmlns='http://schemas.openxmlformats.org/package/2006/relationships'>\
                <Relationship Id='1' Type='x/officeDocument' Target='book.xml'/></Relationships>";
    let bytes = zip_of(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("book.xml", b"<a/>"),
    ]);
    assert_eq!(
        parse(&bytes),
        Err(DocumentError::UnknownFormat {
            seen: "an Excel workbook".to_owned()
        })
    );
    let picture = file(
        "<w:p><w:r><w:drawing><a:blip/></w:drawing></w:r></w:p>",
        &[],
    );
    assert!(matches!(parse(&picture), Err(DocumentError::NoText { .. })));
    assert_eq!(parse(&file("<w:p/>", &[])), Err(DocumentError::Empty));
}

#[test]
fn floods_are_refused() {
    let fields = "<w:fldChar w:fldCharType='begin'/>".repeat(600);
    assert!(matches!(
        parse(&file(&format!("<w:p><w:r>{fields}</w:r></w:p>"), &[])),
        Err(DocumentError::TooLarge { .. })
    ));
    let nested = "<w:sdt>".repeat(600);
    assert!(matches!(
        parse(&file(&nested, &[])),
        Err(DocumentError::TooLarge { .. })
    ));
}
