//! An announcement for reading and correcting: what was taken, with the words and where they stand.

use std::fmt::Write;

use crate::announcement::{Announcement, Joiner, Taken, Technical, packet_profile};
use crate::report::terminal::{quotation, safe, wrapped};
use crate::report::words::inert_json;

/// Most characters of a quotation.
const QUOTE_CHARS: usize = 110;

/// Columns of what a line is about.
const LEAD: usize = 12;

/// The announcement as text of some columns.
#[must_use]
pub fn render_announcement(announcement: &Announcement, name: &str, width: usize) -> String {
    let mut out = String::new();
    let columns = width.max(40);
    let mut line = |indent: usize, text: &str| {
        let lines = wrapped(text, columns.saturating_sub(indent + 2));
        for (idx, part) in lines.iter().enumerate() {
            let hang = if idx == 0 { indent } else { indent + 2 };
            let _ = writeln!(out, "{:hang$}{part}", "");
        }
    };
    let missing = || "not found".to_owned();
    let words = |taken: &Option<Taken>| {
        taken.as_ref().map_or_else(missing, |taken| {
            format!(
                "{} ({}){}",
                safe(&taken.text),
                taken.place(),
                check(&taken.check)
            )
        })
    };
    line(0, &safe(name));
    for (what, taken) in [
        ("position", &announcement.title),
        ("agency", &announcement.agency),
        ("number", &announcement.number),
    ] {
        line(2, &format!("{what:<LEAD$}{}", words(taken)));
    }
    let edition = announcement
        .edition
        .id
        .as_deref()
        .unwrap_or("none: no ECQs are asked for");
    line(
        2,
        &format!(
            "{:<LEAD$}{edition}{}",
            "edition",
            check(&announcement.edition.check)
        ),
    );
    let ecqs: Vec<String> = announcement
        .ecqs
        .iter()
        .map(|ecq| format!("{} ({})", ecq.name, ecq.taken.place()))
        .collect();
    if !ecqs.is_empty() {
        line(2, &format!("{:<LEAD$}{}", "ECQs", ecqs.join(", ")));
    }
    line(0, "");
    let n_elements: usize = announcement
        .technical
        .iter()
        .map(|technical| technical.elements().count())
        .sum();
    line(
        0,
        &format!(
            "TECHNICAL QUALIFICATIONS  {} with {n_elements} elements",
            announcement.technical.len()
        ),
    );
    for technical in &announcement.technical {
        for (indent, text) in technical_lines(technical) {
            line(indent, &text);
        }
    }
    line(0, "");
    line(
        0,
        &format!("MINIMUM QUALIFICATIONS  {}", announcement.minimum.len()),
    );
    for taken in &announcement.minimum {
        line(2, &quoted(taken));
    }
    line(0, "");
    line(
        0,
        &format!(
            "LIMITS  {}; profile {}",
            announcement.limits.len(),
            packet_profile(announcement)
        ),
    );
    for limit in &announcement.limits {
        line(
            2,
            &format!("{}: {}", limit.describe(), quoted(&limit.taken)),
        );
    }
    line(0, "");
    line(0, &format!("DOCUMENTS  {}", announcement.documents.len()));
    for document in &announcement.documents {
        let what = document.kind.describe();
        let wanted = document.wanted.describe();
        line(2, &format!("{what}, {wanted}: {}", quoted(&document.taken)));
    }
    if !announcement.left_over.is_empty() {
        line(0, "");
        line(
            0,
            &format!(
                "NOT USED  {} sentences of these parts; read them for what was missed",
                announcement.left_over.len()
            ),
        );
        for taken in &announcement.left_over {
            line(2, &quoted(taken));
        }
    }
    if !announcement.other_parts.is_empty() {
        let parts: Vec<String> = announcement
            .other_parts
            .iter()
            .map(|taken| format!("{} ({})", safe(&taken.text), taken.place()))
            .collect();
        line(0, "");
        line(
            0,
            &format!(
                "PARTS NOT SEARCHED for qualifications: {}",
                parts.join(", ")
            ),
        );
    }
    let checks = announcement.checks();
    if !checks.is_empty() {
        line(0, "");
        line(0, &format!("CHECK THIS  {} guesses", checks.len()));
        for (what, why) in checks {
            line(2, &format!("{what}: {}", safe(why)));
        }
    }
    out
}

/// The announcement as JSON, indented, ending in a line feed.
///
/// # Panics
/// Never: the type holds only strings, finite numbers and lists.
#[must_use]
pub fn announcement_json(announcement: &Announcement) -> String {
    #[allow(
        clippy::expect_used,
        reason = "the type has no map and no number that is not finite"
    )]
    let json = serde_json::to_string_pretty(announcement).expect("it is always serializable");
    inert_json(&json) + "\n"
}

fn technical_lines(technical: &Technical) -> Vec<(usize, String)> {
    let title = technical
        .title
        .as_ref()
        .map_or_else(String::new, |title| format!(" {}:", safe(title)));
    let mut lines = vec![(
        2,
        format!("{}{title} {}", technical.label(), quoted(&technical.taken)),
    )];
    for part in &technical.parts {
        let is_list = part.elements.len() > 1;
        if is_list {
            let joiner = match part.joiner {
                Joiner::Any => "any of these is enough:".to_owned(),
                other => format!("{}:", other.describe()),
            };
            lines.push((4, joiner));
        }
        for element in &part.elements {
            let indent = if is_list { 6 } else { 4 };
            let text = format!(
                "- {} ({}){}",
                safe(&element.taken.text),
                element.taken.place(),
                check(&element.taken.check)
            );
            lines.push((indent, text));
        }
    }
    lines
}

fn quoted(taken: &Taken) -> String {
    format!(
        "{} ({}){}",
        quotation(&taken.text, QUOTE_CHARS),
        taken.place(),
        check(&taken.check)
    )
}

fn check(why: &Option<String>) -> String {
    why.as_ref()
        .map_or_else(String::new, |_| " [check this]".to_owned())
}
