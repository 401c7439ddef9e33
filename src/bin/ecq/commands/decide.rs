//! `ecq decide`: a reviewer's decision, written beside the packet.

use std::fmt::Write;

use anyhow::{Result, bail};
use ecq::analysis::{Toolkit, analyze};
use ecq::codebook::nearest;
use ecq::decisions::{About, Decision, append_decision, read_decisions};
use ecq::findings::date::Date;
use ecq::report::{Report, Verdict, report};

use crate::args::DecideArgs;
use crate::commands::diff::{settings_of, toolkit_of};
use crate::commands::reader::open;
use crate::errors::{Code, harmless};
use crate::output;

/// Most characters of a passage in the list of ids.
const LISTED_CHARS: usize = 70;

/// Adds a decision, or lists what can be decided.
pub(crate) fn run(args: &DecideArgs) -> Result<Code> {
    if args.file.as_os_str() == "-" {
        bail!("decisions stand beside a file; standard input has no place for them");
    }
    let verdict = verdict(args)?;
    if let Some(day) = &args.when
        && let Err(message) = day.parse::<Date>()
    {
        bail!("--when: {message}");
    }
    read_decisions(&args.file)?;
    let settings = settings_of(&args.reading)?;
    let (_, document, name) = open(&args.file)?;
    let toolkit = toolkit_of(&args.reading, &settings)?;
    let report = report(&analyze(document, &toolkit)?, &toolkit, &name);
    let (Some(verdict), Some(who)) = (verdict, &args.who) else {
        output::write(&listed(&report))?;
        return Ok(Code::Done);
    };
    let place = place(args, &report, &toolkit)?;
    let decision = Decision {
        verdict,
        who: who.clone(),
        when: args.when.clone(),
        note: args.note.clone(),
        about: place.about,
        section: place.section,
        text: place.text,
    };
    let path = append_decision(&args.file, &decision)?;
    let line = format!("{}: {} {}\n", path.display(), verdict.name(), place.said);
    output::write(&harmless(&line))?;
    Ok(Code::Done)
}

/// The verdict; none if nothing is to be decided.
fn verdict(args: &DecideArgs) -> Result<Option<Verdict>> {
    let has_target = args.passage.is_some() || args.finding.is_some();
    let verdict = match (args.accept, args.reject, &args.note) {
        (true, _, _) => Some(Verdict::Accept),
        (_, true, _) => Some(Verdict::Reject),
        (false, false, Some(_)) => Some(Verdict::Note),
        (false, false, None) => None,
    };
    match (has_target, verdict) {
        (true, None) => bail!("say what is decided: --accept, --reject or --note TEXT"),
        (false, Some(_)) => bail!(
            "say what it is about: --passage ID with --competency ID, or --finding ID; ecq decide {} lists the ids",
            args.file.display()
        ),
        (_, verdict) => {
            for (name, value) in [("--who", &args.who), ("--note", &args.note)] {
                if value.as_ref().is_some_and(|value| value.trim().is_empty()) {
                    bail!("{name} is empty");
                }
            }
            Ok(verdict)
        }
    }
}

/// What a decision is about.
struct Place {
    about: About,
    section: Option<String>,
    text: String,
    said: String,
}

fn place(args: &DecideArgs, report: &Report, toolkit: &Toolkit) -> Result<Place> {
    if let Some(id) = &args.finding {
        let Some(finding) = report.findings.iter().find(|finding| finding.id == *id) else {
            let known = report.findings.iter().map(|finding| finding.id.as_str());
            bail!("no finding {id}{}", hint(id, known, args));
        };
        return Ok(Place {
            about: About::Finding {
                rule: finding.rule.clone(),
            },
            section: finding.place.section.clone(),
            text: finding.content(),
            said: format!("{id} (tool: {})", finding.severity),
        });
    }
    let (id, competency) = (
        args.passage.as_deref().unwrap_or_default(),
        args.competency.as_deref().unwrap_or_default(),
    );
    let Some(passage) = report.passage(id) else {
        let known = report.passages.iter().map(|passage| passage.id.as_str());
        bail!("no passage {id}{}", hint(id, known, args));
    };
    if toolkit.codebook.competency(competency).is_none() {
        let known = toolkit
            .codebook
            .competencies()
            .iter()
            .map(|known| known.id().as_str());
        let meant = nearest(competency, known).map_or_else(
            || format!("ecq codebook show {} lists them", report.codebook.id),
            |meant| format!("did you mean {meant}?"),
        );
        bail!(
            "no competency {competency} in {}; {meant}",
            report.codebook.id
        );
    }
    let label = passage.labels.iter().find(|label| label.id == competency);
    Ok(Place {
        about: About::Competency {
            codebook: report.codebook.id.clone(),
            competency: competency.to_owned(),
        },
        section: Some(passage.section.clone()),
        text: passage.text.clone(),
        said: format!(
            "{competency} in {id} (tool: {})",
            label.map_or("absent", |label| label.level.as_str())
        ),
    })
}

fn hint<'a>(id: &str, known: impl Iterator<Item = &'a str>, args: &DecideArgs) -> String {
    match nearest(id, known) {
        Some(meant) => format!("; did you mean {meant}?"),
        None => format!("; ecq decide {} lists the ids", args.file.display()),
    }
}

/// The ids of passages and findings, a line each.
fn listed(report: &Report) -> String {
    let mut out = String::new();
    let cut = |text: &str| -> String { text.chars().take(LISTED_CHARS).collect() };
    for passage in &report.passages {
        let labels: Vec<String> = passage
            .labels
            .iter()
            .map(|label| format!("{} ({})", label.id, label.level))
            .collect();
        let _ = writeln!(
            out,
            "{}  {} \u{B6} {}  {}\n    {}",
            passage.id,
            passage.section,
            passage.paragraph,
            harmless(&cut(&passage.text)),
            if labels.is_empty() {
                "-".to_owned()
            } else {
                labels.join(", ")
            }
        );
    }
    for finding in &report.findings {
        let words = if finding.quote.is_empty() {
            &finding.message
        } else {
            &finding.quote
        };
        let _ = writeln!(
            out,
            "{}  {}  {}",
            finding.id,
            finding.severity,
            harmless(&cut(words))
        );
    }
    out
}
