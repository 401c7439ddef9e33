//! SARIF 2.1.0: gaps, what is to be read and findings as results, for viewers and pipelines that read it.
//!
//! # Source
//! OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use serde_json::{Map, Value, json};

use crate::report::tables::marking;
use crate::report::words::{UNSURE, inert, inert_json};
use crate::report::{Packet, SpanView};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// One run with the results of all packets.
pub(super) fn render(packets: &[Packet]) -> String {
    let mut rules: Vec<Value> = Vec::new();
    let mut results: Vec<Value> = Vec::new();
    for packet in packets {
        gaps(packet, &mut rules, &mut results);
        doubts(packet, &mut rules, &mut results);
        findings(packet, &mut rules, &mut results);
    }
    let (name, version) = packets.first().map_or(("ecq", ""), |packet| {
        (&packet.report.tool.name, &packet.report.tool.version)
    });
    let artifacts: Vec<Value> = packets
        .iter()
        .map(|packet| {
            let report = &packet.report;
            let count = |level| report.count(level);
            json!({
                "location": {"uri": uri(&packet.path)},
                "hashes": {"sha-256": report.document.sha256},
                "properties": {
                    "demonstrated": count("demonstrated"),
                    "assertedOnly": count("asserted"),
                    "missing": count("absent"),
                    "unsure": report.n_unsure(),
                },
            })
        })
        .collect();
    let mut properties = Map::new();
    if let Some(marking) = marking(packets) {
        properties.insert("marking".to_owned(), json!(inert(marking)));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": name, "semanticVersion": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
            "properties": properties,
        }],
    });
    inert_json(&format!("{log:#}\n"))
}

/// The index of a rule, added if it is new.
fn rule(rules: &mut Vec<Value>, id: &str, title: &str, help: &str) -> usize {
    if let Some(idx) = rules.iter().position(|rule| rule["id"] == id) {
        return idx;
    }
    let mut rule = json!({"id": id, "shortDescription": {"text": inert(title)}});
    if !help.is_empty() {
        rule["help"] = json!({"text": inert(help)});
    }
    rules.push(rule);
    rules.len() - 1
}

fn gaps(packet: &Packet, rules: &mut Vec<Value>, results: &mut Vec<Value>) {
    let report = &packet.report;
    for gap in &report.gaps {
        let id = format!("gap/{}", gap.competency);
        let help = format!("What would count: {}", gap.would_count.join("; "));
        let idx = rule(rules, &id, &gap.name, &help);
        let section = report
            .sections
            .iter()
            .find(|section| section.ecq.as_deref() == Some(gap.ecq.as_str()));
        let words = match gap.level.as_str() {
            "asserted" => "asserted only",
            _ => "missing from the text",
        };
        let nearest = gap.nearest.as_deref().and_then(|id| report.passage(id));
        let is_unsure = report.cell(&gap.competency).is_some_and(|cell| cell.unsure);
        let unsure = if is_unsure {
            format!("; {UNSURE}")
        } else {
            String::new()
        };
        let mut result = json!({
            "ruleId": id,
            "ruleIndex": idx,
            "level": "warning",
            "message": {"text": inert(&format!("{} is {words}{unsure}", gap.name))},
            "locations": [location(packet, section.map(|section| section.span), None)],
            "properties": {"unsure": is_unsure},
        });
        if let Some(passage) = nearest {
            let mut related = location(packet, Some(passage.span), Some(&passage.text));
            related["id"] = json!(1);
            related["message"] = json!({"text": if is_unsure {
                UNSURE
            } else {
                "the passage that comes nearest"
            }});
            result["relatedLocations"] = json!([related]);
        }
        results.push(result);
    }
}

/// What is demonstrated by unsure passages alone: nothing is wrong there, but a person should look.
fn doubts(packet: &Packet, rules: &mut Vec<Value>, results: &mut Vec<Value>) {
    let report = &packet.report;
    for (_, _, cell) in report.cells() {
        let (true, Some(passage)) = (cell.level == "demonstrated", report.to_read(cell)) else {
            continue;
        };
        let id = format!("unsure/{}", cell.id);
        let idx = rule(rules, &id, &cell.name, "");
        results.push(json!({
            "ruleId": id,
            "ruleIndex": idx,
            "kind": "review",
            "level": "none",
            "message": {"text": inert(&format!("{} is demonstrated; {UNSURE}", cell.name))},
            "locations": [location(packet, Some(passage.span), Some(&passage.text))],
            "properties": {"unsure": true},
        }));
    }
}

fn findings(packet: &Packet, rules: &mut Vec<Value>, results: &mut Vec<Value>) {
    for finding in &packet.report.findings {
        let help = format!("{} {}", finding.why, finding.fix);
        let idx = rule(rules, &finding.rule, &finding.title, help.trim());
        let quote = (!finding.quote.is_empty()).then_some(finding.quote.as_str());
        let mut result = json!({
            "ruleId": finding.rule,
            "ruleIndex": idx,
            "level": match finding.severity.as_str() {
                "error" => "error",
                "warning" => "warning",
                _ => "note",
            },
            "message": {"text": inert(&finding.message)},
            "locations": [location(packet, finding.place.span, quote)],
        });
        let also: Vec<Value> = finding
            .also
            .iter()
            .zip(1..)
            .map(|(place, id)| {
                let mut related = location(packet, place.span, None);
                related["id"] = json!(id);
                related
            })
            .collect();
        if !also.is_empty() {
            result["relatedLocations"] = json!(also);
        }
        results.push(result);
    }
}

/// A place: lines and columns for formats made of lines, the paragraph as a logical location for others.
fn location(packet: &Packet, span: Option<SpanView>, snippet: Option<&str>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&packet.path)}});
    let Some(span) = span else {
        return json!({"physicalLocation": physical});
    };
    let start = packet.narrative.line_column(span.start);
    if packet.narrative.has_lines() {
        let end = packet.narrative.line_column(span.end);
        let mut region = json!({
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        });
        if let Some(snippet) = snippet {
            region["snippet"] = json!({"text": inert(snippet)});
        }
        physical["region"] = region;
        return json!({"physicalLocation": physical});
    }
    let mut place = json!({
        "physicalLocation": physical,
        "logicalLocations": [{"name": format!("paragraph {}", start.line), "kind": "element"}],
        "properties": {"paragraph": start.line, "column": start.column},
    });
    if let Some(snippet) = snippet {
        place["properties"]["snippet"] = json!(inert(snippet));
    }
    place
}

/// A path as a relative reference: what URIs do not allow is written as bytes.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/<c>:1.docx"), "a%20b/%3Cc%3E%3A1.docx");
    }
}
