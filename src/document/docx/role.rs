//! What the open elements of a part mean for what stands inside them.

/// What an open element means for what stands inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing: its content is read as if it were not there. So text in unknown wrappers is kept.
    Transparent,
    /// Its content is no text of the document.
    Skip,
    /// `w:p`
    Paragraph,
    /// `w:pPr`
    ParagraphFormat,
    /// `w:numPr`
    ListFormat,
    /// `w:rPr` of the sign that ends a paragraph.
    MarkFormat,
    /// `w:r`
    Run,
    /// `w:rPr` of a run.
    RunFormat,
    /// `w:t`
    Text,
    /// `w:del`, `w:moveFrom`
    Deleted,
    /// `w:fldChar`
    FieldSign,
    /// `w:ffData`
    FormData,
    /// `w:ddList`
    DropDown,
    /// `w:tbl`
    Table,
    /// `w:tblPr`
    TableFormat,
    /// `w:tr`
    Row,
    /// `w:trPr`
    RowFormat,
    /// `w:tc`
    Cell,
    /// `w:tcPr`
    CellFormat,
    /// `w:sdt`
    Control,
    /// A control that shows its prompt.
    EmptyControl,
    /// `w:sdtPr`
    ControlFormat,
    /// Content of a control that shows its prompt.
    Placeholder,
    /// The content of a text box.
    Box,
    /// `wp:anchor`, `wp:inline`
    Anchor,
    /// The same, marked as hidden.
    HiddenAnchor,
    /// `wps:wsp`
    Shape,
    /// `wps:spPr`
    ShapeFormat,
    /// `a:solidFill` of a shape.
    ShapeFill,
    /// `wps:style`
    ShapeStyle,
    /// `v:shape` and the like.
    VmlShape,
    /// `mc:AlternateContent`
    Alternates {
        /// How much text had been seen before it.
        n_seen: usize,
    },
    /// `w:footnote`, `w:endnote`
    Note,
}

/// An open element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// What it means.
    pub(super) role: Role,
    /// Whether `xml:space` keeps white space at the ends of its text.
    pub(super) keeps_space: bool,
}
