//! `ecq rules`: what is looked for and why; `ecq eval --rules`: how often it is right.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use ecq::analysis::Toolkit;
use ecq::codebook::{builtin, nearest};
use ecq::eval::rules::{RuleReport, evaluate_rule, read_rule_cases};
use ecq::findings::{RULES, Rule, rule, rule_ids};
use serde_json::json;

use crate::args::{EvalArgs, Format, RulesArgs};
use crate::commands::model;
use crate::errors::Code;
use crate::output;

/// `ecq rules`.
pub(crate) fn run(args: &RulesArgs) -> Result<Code> {
    let rules: Vec<&Rule> = match &args.rule {
        Some(id) => vec![known(id)?],
        None => RULES.to_vec(),
    };
    if args.format == Format::Json {
        let views: Vec<_> = rules
            .iter()
            .map(|rule| {
                json!({
                    "id": rule.id,
                    "severity": rule.severity.name(),
                    "default": if rule.on { "on" } else { "off" },
                    "title": rule.title,
                    "why": rule.why,
                    "source": rule.source,
                    "fix": rule.fix,
                    "needs_model": rule.needs_model,
                })
            })
            .collect();
        output::write(&format!("{}\n", serde_json::to_string_pretty(&views)?))?;
        return Ok(Code::Done);
    }
    let mut out = String::new();
    for rule in rules {
        let state = if rule.on { "on" } else { "off" };
        if args.rule.is_none() {
            writeln!(
                out,
                "{:<26}{:<9}{state:<5}{}",
                rule.id,
                rule.severity.name(),
                rule.title
            )?;
        } else {
            writeln!(out, "{}: {}", rule.id, rule.title)?;
            writeln!(
                out,
                "  severity  {} ({state} by default)",
                rule.severity.name()
            )?;
            writeln!(out, "  why       {}", rule.why)?;
            writeln!(out, "  source    {}", rule.source)?;
            writeln!(out, "  a fix would show  {}", rule.fix)?;
        }
    }
    output::write(&out)?;
    Ok(Code::Done)
}

fn known(id: &str) -> Result<&'static Rule> {
    rule(id).ok_or_else(|| {
        let hint = nearest(id, rule_ids()).map_or_else(
            || "`ecq rules` lists them".to_owned(),
            |meant| format!("did you mean {meant}?"),
        );
        anyhow::anyhow!("unknown rule {id}; {hint}")
    })
}

/// `ecq eval --rules DIR`.
pub(crate) fn eval(args: &EvalArgs, dir: &Path) -> Result<Code> {
    let codebook = builtin("opm-2006")
        .cloned()
        .ok_or_else(|| anyhow::anyhow!("no codebook opm-2006"))?;
    let mut toolkit = Toolkit::new(
        codebook,
        &model(args.model.model.as_deref())?,
        args.model.threads,
    )?;
    let mut reports = Vec::new();
    for rule in RULES {
        let cases = read_rule_cases(&dir.join(format!("{}.jsonl", rule.id)))?;
        reports.push(evaluate_rule(rule, &cases, &mut toolkit).map_err(anyhow::Error::msg)?);
    }
    if args.format == Format::Json {
        let views: Vec<_> = reports.iter().map(view).collect();
        output::write(&format!("{}\n", serde_json::to_string_pretty(&views)?))?;
        return Ok(Code::Done);
    }
    let mut out = String::new();
    writeln!(
        out,
        "{:<26}{:<9}{:<5}{:>5} {:>7}{:>7} {:>7}{:>7} {:>7}{:>7}",
        "rule", "severity", "", "texts", "P", "R", "P dev", "R dev", "P test", "R test"
    )?;
    for report in &reports {
        let figures = [report.all(), report.dev, report.test]
            .map(|counts| format!(" {:>7.3}{:>7.3}", counts.precision(), counts.recall()))
            .concat();
        write!(
            out,
            "{:<26}{:<9}{:<5}{:>5}{figures}",
            report.rule.id,
            report.rule.severity.name(),
            if report.rule.on { "on" } else { "off" },
            report.n_cases
        )?;
        if args.labels && !report.faults.is_empty() {
            write!(out, "  {}", report.faults.join(" "))?;
        }
        writeln!(out)?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}

fn view(report: &RuleReport) -> serde_json::Value {
    let figures = |counts: ecq::eval::rules::RuleCounts| {
        json!({
            "right": counts.right,
            "wrong": counts.wrong,
            "missed": counts.missed,
            "precision": counts.precision(),
            "recall": counts.recall(),
        })
    };
    json!({
        "rule": report.rule.id,
        "severity": report.rule.severity.name(),
        "default": if report.rule.on { "on" } else { "off" },
        "n_texts": report.n_cases,
        "all": figures(report.all()),
        "dev": figures(report.dev),
        "test": figures(report.test),
        "faults": report.faults,
    })
}
