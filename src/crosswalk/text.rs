//! A crosswalk for the terminal.

use std::fmt::Write;

use crate::crosswalk::{Ask, Crosswalk, Home, PassageRef, Serving};
use crate::report::{Palette, TerminalOptions, quotation, safe, title, wrapped};

/// Passages of one competency that are quoted; the JSON form has all.
const SHOWN: usize = 3;

/// The text of a crosswalk: by ECQ of the other edition, then what has no place there, then words.
#[must_use]
pub fn render_crosswalk(crosswalk: &Crosswalk, options: &TerminalOptions) -> String {
    let mut out = String::new();
    let Palette {
        strong,
        faint,
        reset,
        ..
    } = options.palette;
    let (from, to) = (safe(&crosswalk.from.id), safe(&crosswalk.to.id));
    let _ = writeln!(
        out,
        "{strong}{}{reset}  {faint}{from} \u{2192} {to} ({}), crosswalk {}{reset}",
        safe(&crosswalk.document),
        safe(&crosswalk.to.in_force),
        safe(&crosswalk.crosswalk_version)
    );
    let n_shown = crosswalk
        .asks
        .iter()
        .filter(|ask| !ask.shown_by.is_empty())
        .count();
    let _ = writeln!(
        out,
        "{} of {} passages serve {to}, {} have no place there; {n_shown} of {} competencies of {to} shown\n",
        crosswalk.serves.len(),
        crosswalk.n_passages,
        crosswalk.no_home.len(),
        crosswalk.asks.len()
    );
    let mut ecq = "";
    for ask in &crosswalk.asks {
        if ask.ecq != ecq {
            let own = crosswalk.asks.iter().filter(|own| own.ecq == ask.ecq);
            let (n, n_shown) = own.fold((0, 0), |(n, n_shown), own| {
                (n + 1, n_shown + usize::from(!own.shown_by.is_empty()))
            });
            let remark = format!("{n_shown} of {n} shown");
            let name = safe(&ask.ecq_name);
            if name.chars().count() + 2 + remark.chars().count() > options.width {
                title(&mut out, &name, "", options);
                let _ = writeln!(out, "  {remark}");
            } else {
                title(&mut out, &name, &remark, options);
            }
            ecq = &ask.ecq;
        }
        ask_block(&mut out, crosswalk, ask, options);
    }
    homeless(&mut out, crosswalk, options);
    wording(&mut out, crosswalk, options);
    out
}

fn ask_block(out: &mut String, crosswalk: &Crosswalk, ask: &Ask, options: &TerminalOptions) {
    let palette = options.palette;
    let (sign, word, color) = match ask.level.as_str() {
        "demonstrated" => ("\u{25CF}", "shown", palette.demonstrated),
        "asserted" => ("\u{25D0}", "asked for, touched only", palette.asserted),
        _ => ("\u{25CB}", "asked for, not in the text", palette.absent),
    };
    let _ = writeln!(
        out,
        "  {color}{sign}{} {}: {word}",
        palette.reset,
        safe(&ask.name)
    );
    let homes: Vec<(&Serving, &Home)> = crosswalk
        .serves
        .iter()
        .flat_map(|serving| serving.homes.iter().map(move |home| (serving, home)))
        .filter(|(_, home)| home.competency == ask.competency && home.ecq == ask.ecq)
        .collect();
    let ids = ask.shown_by.iter().chain(&ask.candidates);
    let ordered: Vec<&(&Serving, &Home)> = ids
        .filter_map(|id| homes.iter().find(|(serving, _)| serving.passage.id == *id))
        .collect();
    for (serving, home) in ordered.iter().take(SHOWN) {
        let text = format!(
            "{} ({}; {})",
            quotation(&serving.passage.text, options.quote_chars),
            place(&serving.passage),
            grounds(home)
        );
        item(out, &text, options);
    }
    if ordered.len() > SHOWN {
        let more = format!(
            "and {} more: --format json has them all",
            ordered.len() - SHOWN
        );
        item(out, &more, options);
    }
    if !ask.shown_by.is_empty() {
        return;
    }
    for indicator in ask.would_count.iter().take(2) {
        item(out, &format!("would count: {}", safe(indicator)), options);
    }
    if let (Some(passage), true) = (&ask.nearest, ordered.is_empty()) {
        let text = format!(
            "nearest: {} ({})",
            quotation(&passage.text, options.quote_chars),
            place(passage)
        );
        item(out, &text, options);
    }
}

/// What speaks for a place.
fn grounds(home: &Home) -> String {
    let via = match home.extent.as_deref() {
        Some("part") => format!("in part from {}", home.via.join(", ")),
        _ => format!("from {}", home.via.join(", ")),
    };
    match home.basis.as_str() {
        "both" => format!("read {:.2}, {via}", home.p),
        "reader" => format!("read {:.2}", home.p),
        _ => format!("{via} by the crosswalk alone, read {:.2}", home.p),
    }
}

fn homeless(out: &mut String, crosswalk: &Crosswalk, options: &TerminalOptions) {
    if crosswalk.no_home.is_empty() {
        return;
    }
    out.push('\n');
    let remark = format!("outside the list of {}, not wrong", safe(&crosswalk.to.id));
    title(out, "No place there", &remark, options);
    for homeless in &crosswalk.no_home {
        let names: Vec<String> = homeless
            .shows
            .iter()
            .map(|shown| safe(&shown.name))
            .collect();
        let text = format!(
            "{}: {} ({})",
            names.join(", "),
            quotation(&homeless.passage.text, options.quote_chars),
            place(&homeless.passage)
        );
        item(out, &text, options);
    }
}

fn wording(out: &mut String, crosswalk: &Crosswalk, options: &TerminalOptions) {
    if crosswalk.wording.is_empty() {
        return;
    }
    out.push('\n');
    let remark = format!("not used in {}", safe(&crosswalk.to.id));
    title(
        out,
        &format!("Words of {}", safe(&crosswalk.from.id)),
        &remark,
        options,
    );
    for view in &crosswalk.wording {
        let mut paragraphs: Vec<String> = view
            .places
            .iter()
            .map(|place| format!("\u{B6} {}", place.paragraph))
            .collect();
        paragraphs.dedup();
        let text = format!(
            "\u{201C}{}\u{201D} ({}): {}",
            safe(&view.words),
            paragraphs.join(", "),
            safe(&view.note)
        );
        item(out, &text, options);
    }
}

fn item(out: &mut String, text: &str, options: &TerminalOptions) {
    for (idx, line) in wrapped(text, options.width.saturating_sub(6))
        .iter()
        .enumerate()
    {
        let _ = writeln!(out, "    {} {line}", if idx == 0 { "-" } else { " " });
    }
}

fn place(passage: &PassageRef) -> String {
    match passage.page {
        Some(page) => format!("p. {page}, \u{B6} {}", passage.paragraph),
        None => format!("\u{B6} {}", passage.paragraph),
    }
}
