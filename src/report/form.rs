//! The forms that a report can be written in, all from the same view.

use crate::report::{Packet, Palette, TerminalOptions};
use crate::report::{csv, lines, markdown, page, sarif, terminal, why, xlsx};

/// A form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For reading on a terminal.
    Text,
    /// `ecq.report/1`; several packets give one report a line.
    Json,
    /// One page that needs nothing else.
    Html,
    /// For tickets and wikis.
    Markdown,
    /// One table with all records.
    Csv,
    /// A workbook: coverage, evidence, gaps, findings.
    Xlsx,
    /// SARIF 2.1.0, for viewers of findings.
    Sarif,
    /// `path:line:column: severity: message`, for editors.
    Lines,
}

/// How a report is laid out.
#[derive(Clone, Copy, Debug)]
pub struct RenderOptions {
    /// Columns of [`Form::Text`].
    pub width: usize,
    /// Colors of [`Form::Text`].
    pub palette: Palette,
    /// Most characters of a quotation where a form has no room for all of it.
    pub quote_chars: usize,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 100,
            palette: Palette::default(),
            quote_chars: 160,
        }
    }
}

/// Why a report cannot be written in a form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// A form holds one packet only.
    #[error(
        "{form} holds one packet, and there are {n}; name a folder (-o DIR/) for a page each and an index"
    )]
    OnePacket {
        /// The form's name.
        form: &'static str,
        /// How many packets there are.
        n: usize,
    },
    /// A workbook could not be made.
    #[error("the workbook could not be made")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Json,
        Self::Html,
        Self::Markdown,
        Self::Csv,
        Self::Xlsx,
        Self::Sarif,
        Self::Lines,
    ];

    /// The form that a file's extension (without a dot) asks for.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "txt" => Self::Text,
            "json" | "jsonl" => Self::Json,
            "html" | "htm" => Self::Html,
            "md" | "markdown" => Self::Markdown,
            "csv" => Self::Csv,
            "xlsx" => Self::Xlsx,
            "sarif" => Self::Sarif,
            _ => return None,
        })
    }

    /// The extension of files in this form.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text | Self::Lines => "txt",
            Self::Json => "json",
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Sarif => "sarif",
        }
    }

    /// Whether a terminal could not show it.
    #[must_use]
    pub fn is_binary(self) -> bool {
        self == Self::Xlsx
    }
}

/// The bytes of a form. `packets` come in the order of the input.
///
/// # Errors
/// [`RenderError::OnePacket`] for several packets in a form that holds one.
pub fn render(
    form: Form,
    packets: &[Packet],
    options: &RenderOptions,
) -> Result<Vec<u8>, RenderError> {
    let text = match form {
        Form::Text => packets
            .iter()
            .map(|packet| {
                let options = TerminalOptions {
                    width: options.width,
                    palette: options.palette,
                    quote_chars: options.quote_chars,
                };
                terminal::render_terminal(&packet.report, &options)
                    + &why::render_whys(&packet.report, &options)
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Form::Json => match packets {
            [packet] => packet.report.to_json(),
            packets => packets
                .iter()
                .map(|packet| packet.report.to_json_line())
                .collect(),
        },
        Form::Html => match packets {
            [packet] => page::render(packet),
            packets => {
                return Err(RenderError::OnePacket {
                    form: "a page",
                    n: packets.len(),
                });
            }
        },
        Form::Markdown => packets
            .iter()
            .map(|packet| markdown::render(&packet.report))
            .collect::<Vec<_>>()
            .join("\n---\n\n"),
        Form::Csv => csv::render(packets),
        Form::Xlsx => return Ok(xlsx::render(packets)?),
        Form::Sarif => sarif::render(packets),
        Form::Lines => packets.iter().map(lines::render).collect(),
    };
    Ok(text.into_bytes())
}
