//! What is around every page: the head with its policy, the signs, the marking and the remark at the end.

use sha2::{Digest, Sha256};

use crate::report::page::html::Html;

/// The one style of all pages.
const STYLE: &str = include_str!("style.css");

/// Writes a page; `extra` is style that the page itself adds, made of numbers and hexadecimal codes only.
pub(in crate::report) fn page(
    title: &str,
    marking: Option<&str>,
    extra: &str,
    write_body: impl FnOnce(&mut Html),
) -> String {
    let mut body = Html::default();
    write_body(&mut body);
    begin(title, marking, extra) + &body.finish() + &end(marking)
}

/// What stands before the body of a page, for pages that are written piece by piece; arguments as in [`page`].
pub(in crate::report) fn begin(title: &str, marking: Option<&str>, extra: &str) -> String {
    let mut style = STYLE.to_owned();
    style.push_str(extra);
    if let Some(marking) = marking {
        style.push_str(&printed_marking(marking));
    }
    let mut head = Html::default();
    head.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-")
        .text(&base64(&Sha256::digest(style.as_bytes())))
        .raw("'; base-uri 'none'; form-action 'none'\">\n")
        .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>")
        .text(title)
        .raw("</title>\n<style>");
    let mut body = Html::default();
    body.raw(
        "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n",
    )
    .raw(SIGNS);
    banner(&mut body, marking, "Marking, at the top");
    head.finish() + &style + &body.finish()
}

/// What stands behind the body of a page.
pub(in crate::report) fn end(marking: Option<&str>) -> String {
    let mut end = Html::default();
    banner(&mut end, marking, "Marking, at the end");
    end.raw("</body>\n</html>\n");
    end.finish()
}

/// The signs of the three levels and of doubt, as shapes that differ without color.
const SIGNS: &str = "<svg class=\"signs\" aria-hidden=\"true\" focusable=\"false\">\
<symbol id=\"sign-demonstrated\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"7\" fill=\"currentColor\"/></symbol>\
<symbol id=\"sign-asserted\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\"/>\
<path d=\"M8 2a6 6 0 0 0 0 12z\" fill=\"currentColor\"/></symbol>\
<symbol id=\"sign-absent\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"2.7 2\"/></symbol>\
<symbol id=\"sign-unsure\" viewBox=\"0 0 16 16\"><rect x=\"1\" y=\"1\" width=\"14\" height=\"14\" rx=\"3.5\" fill=\"currentColor\"/>\
<path d=\"M5.8 6.3a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.8-1.1 1.6\" fill=\"none\" stroke=\"var(--paper)\" stroke-width=\"1.6\" stroke-linecap=\"round\"/>\
<circle cx=\"8\" cy=\"12.1\" r=\"1\" fill=\"var(--paper)\"/></symbol>\
</svg>\n";

/// The sign of a level, or of `unsure`; its word always stands beside it.
pub(in crate::report) fn sign(html: &mut Html, level: &str) {
    html.raw("<svg class=\"sign\" aria-hidden=\"true\" focusable=\"false\"><use href=\"#sign-")
        .raw(if level == "unsure" {
            "unsure"
        } else {
            known(level)
        })
        .raw("\"/></svg>");
}

/// The sign of a decision near the threshold, and its words.
pub(in crate::report) fn doubt(html: &mut Html, words: &'static str) {
    html.raw("<span class=\"unsure\">");
    sign(html, "unsure");
    html.raw(words).raw("</span>");
}

/// A level as a class; anything unknown counts as absent.
pub(in crate::report) fn known(level: &str) -> &'static str {
    match level {
        "demonstrated" => "demonstrated",
        "asserted" => "asserted",
        _ => "absent",
    }
}

fn banner(html: &mut Html, marking: Option<&str>, label: &'static str) {
    if let Some(marking) = marking {
        html.raw("<aside class=\"marking\" aria-label=\"")
            .raw(label)
            .raw("\">")
            .text(marking)
            .raw("</aside>\n");
    }
}

/// The marking in the margins of every printed page; every character is written as its code.
fn printed_marking(marking: &str) -> String {
    let codes: String = marking
        .chars()
        .map(|c| format!("\\{:06x}", u32::from(c)))
        .collect();
    format!("@page{{@top-center{{content:\"{codes}\"}}@bottom-center{{content:\"{codes}\"}}}}\n")
}

/// Base64 as content security policies write digests (RFC 4648, with padding).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().enumerate().fold(0u32, |group, (idx, &byte)| {
            group | u32::from(byte) << (16 - 8 * idx)
        });
        for idx in 0..4 {
            if idx <= chunk.len() {
                let six = (group >> (18 - 6 * idx)) & 63;
                out.push(char::from(ALPHABET[six as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_rfc_4648() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }

    #[test]
    fn the_marking_cannot_leave_its_string() {
        let style = printed_marking("\"}</style>");
        assert!(
            !style.contains('<') && style.matches('"').count() == 4,
            "{style}"
        );
    }
}
