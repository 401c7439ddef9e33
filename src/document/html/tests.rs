//! Small pages, each for one way that words are kept or left out.

use super::*;
use crate::document::BlockKind;
use crate::document::HiddenReason;

fn read(markup: &str) -> Document {
    parse(markup).unwrap()
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

#[test]
fn blocks_and_their_kinds() {
    let document = read(
        "<!DOCTYPE html><html><head><title>no</title><style>p{}</style></head><body>loose<h2>He<b>a</b>d</h2>\
         <div>a<p>b<br>c&amp;d</p>e</div><ul><li>one<ul><li>sub</ul><li><p>two</ul><table><tr><th>x<td>y<p>z</table>\
         <blockquote>quote</blockquote><nav>menu</nav>",
    );
    let paragraph = BlockKind::Paragraph;
    assert_eq!(
        blocks(&document),
        [
            (paragraph, "loose"),
            (BlockKind::Heading { level: 2 }, "Head"),
            (paragraph, "a"),
            (paragraph, "b c&d"),
            (paragraph, "e"),
            (BlockKind::ListItem, "one"),
            (BlockKind::ListItem, "sub"),
            (BlockKind::ListItem, "two"),
            (BlockKind::TableCell, "x"),
            (BlockKind::TableCell, "y"),
            (BlockKind::TableCell, "z"),
            (paragraph, "quote"),
            (paragraph, "menu"),
        ]
    );
}

#[test]
fn what_is_no_text_is_out() {
    let document = read(
        "a<script>if (a<b) x('</p>')</script><!-- no --><template><p>no</p></template><noscript><p>no</p></noscript>\
         <title>no</title><svg><title/><style/><path d='x'/><text>b</text></svg><textarea>typed <b></textarea>\
         <input value='in'><input type=hidden value=no><select><option>no<option selected>yes</select>c",
    );
    assert_eq!(texts(&document), ["ab", "typed <b>", "in", "yes", "c"]);
}

#[test]
fn hidden_text_is_listed() {
    let document = read(
        "<p>a<span hidden>b</span><span style='display:none'>c</span></p><p style='color:white'>d</p>\
         <table bgcolor=navy><td><font color=#FFFFFF>e</font></table><span style='font-size:0'>f</span>\
         <div style='position:absolute;left:-9999px'>g</div><b><p>h</b>i</p>",
    );
    assert_eq!(texts(&document), ["a", "e", "hi"]);
    let hidden: Vec<(HiddenReason, &str)> = document
        .hidden
        .iter()
        .map(|h| (h.why, h.text.as_str()))
        .collect();
    assert_eq!(
        hidden,
        [
            (HiddenReason::Vanished, "bc"),
            (HiddenReason::White, "d"),
            (HiddenReason::Tiny, "f"),
            (HiddenReason::OffPage, "g")
        ]
    );
}

#[test]
fn misnested_tags_stay_where_they_are() {
    let document = read(
        "<td><b>x</td></b></table></div><font color=white><p>y</font>z</p><p><b>Head</b>:</p><p>t</b></p>",
    );
    assert_eq!(texts(&document), ["x", "z", "Head:", "t"]);
    assert_eq!(document.hidden.len(), 1);
    assert_eq!(
        document
            .blocks
            .iter()
            .map(|b| b.emphasized)
            .collect::<Vec<_>>(),
        [true, false, true, false]
    );
}

#[test]
fn footnotes_of_three_programs() {
    for (link, open, close) in [
        (
            "<a class='sdfootnoteanc' href='#sdfootnote1sym'><sup>1</sup></a>",
            "<div id='sdfootnote1'><p><a class='sdfootnotesym' href='#sdfootnote1anc'>1</a>",
            "</p></div>",
        ),
        (
            "<a href='#_ftn1' name='_ftnref1'>[1]</a>",
            "<div id=ftn1><p><a href='#_ftnref1'>[1]</a> ",
            "</p></div>",
        ),
        (
            "<a href='#fn1' class='footnote-ref'><sup>1</sup></a>",
            "<ol><li id='fn1'><p>",
            "<a href='#fnref1' class='footnote-back'>↩</a></p></li></ol>",
        ),
    ] {
        let document = read(&format!("<p>a{link}b</p><p>c</p>{open}note{close}"));
        let paragraph = BlockKind::Paragraph;
        assert_eq!(
            blocks(&document),
            [
                (paragraph, "ab"),
                (BlockKind::Footnote, "note"),
                (paragraph, "c")
            ],
            "{link}"
        );
    }
}

#[test]
fn word_lists_and_deletions() {
    let document = read(
        "<p style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·</span><![endif]>item<o:p></o:p></p>\
         <p>a<del>b</del><ins>c</ins></p>",
    );
    assert_eq!(
        blocks(&document),
        [(BlockKind::ListItem, "item"), (BlockKind::Paragraph, "ac")]
    );
    assert_eq!(document.warnings[0].code, WarningCode::TrackedChanges);
}

#[test]
fn empty_and_pictures() {
    assert_eq!(parse("<p> </p>"), Err(DocumentError::Empty));
    assert!(matches!(
        parse("<img src=x>"),
        Err(DocumentError::NoText { .. })
    ));
}

#[test]
fn nesting_and_length_cost_linear_time() {
    let start = std::time::Instant::now();
    let deep = "<div><b>".repeat(20_000) + "x" + &"</i></b>".repeat(20_000);
    assert_eq!(texts(&read(&deep)), ["x"]);
    let walled =
        "<i><td>".to_owned() + &"<b>".repeat(20_000) + "x" + &"</i></table></li>".repeat(20_000);
    assert_eq!(texts(&read(&walled)), ["x"]);
    let long = "word ".repeat(1 << 20);
    assert_eq!(read(&long).text.len(), long.len() - 1);
    let flood: String = (0..20_000).map(|n| format!(" a{n}")).collect();
    assert!(matches!(
        parse(&format!("<p{flood}>x")),
        Err(DocumentError::TooLarge { .. })
    ));
    assert!(matches!(
        parse(&"<b>".repeat(600_000)),
        Err(DocumentError::TooLarge { .. })
    ));
    // Quadratic cost would take hours; the bound leaves room for a busy machine.
    assert!(start.elapsed().as_secs() < 60);
}
