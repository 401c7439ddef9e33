//! ECQs that read as technical or supervisory rather than executive.

use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::{each_match, regex};
use crate::findings::{Finding, PartKind, Rule, Subject};
use crate::profile::{Profile, Severity};

pub(super) const RULE: Rule = Rule {
    id: "level",
    severity: Severity::Note,
    on: true,
    title: "Reads as technical or supervisory work",
    why: "Boards return packets in which expertise or daily supervision, not leadership of an organization, carries the success.",
    source: "practitioners on why cases fail (too technical; managerial, local or small); executive duties named in announcements",
    fix: "what was directed, decided or answered for beyond one's own desk and crew",
    needs_model: false,
    check,
};

/// Fewest signals of that kind.
const FEWEST: usize = 3;

/// The writer doing the work of a specialist, or the daily work of a supervisor.
static OWN_HANDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \b(?:I|and|,|then)\ (?:also\ |then\ |personally\ |even\ )?(?:
          wrote\ (?:the\ |a\ |unit\ |new\ )?(?:scripts?|code|queries|tests|macros?|software|brief|inspection\ reports)
        | coded|debugged|programmed|configured|installed|patched|compiled|calibrated|tuned|soldered|wired|recoded
        | (?:tested\ each|fixed\ (?:the|it|\d+|two|three)\b|fixed\ \d+\ bugs)
        | analyzed\ (?:\d+|the\ (?:samples|data))|ran\ the\ (?:model|load\ model|analysis|query|regression)|measured\ the|inspected\ \d+|prepared\ the\ (?:tables|spreadsheet|charts|monthly)
        | entered\ the|reconciled|updated\ the\ spreadsheet|built\ a\ spreadsheet|checked\ the\ obligations|corrected\ the\ codes|migrated\ the\ tables|redesigned\ the\ database|documented\ the\ code
        | drafted\ the\ (?:complaint|motion|brief|pleading)|took\ (?:\w+\ )?depositions|argued\ the\ motion|cross-examined
        | answered\ the\ help\ desk|logged\ the\ tickets|walked\ users|installed\ printers
        | designed\ the\ repair|developed\ the\ software|prepared\ the\ monthly
        | scheduled\ (?:the\ )?(?:shifts|leave)|approved\ their\ leave|checked\ their\ timesheets|assigned\ (?:the\ )?daily\ tasks|filled\ in\ for|signed\ off\ on\ (?:overtime|leave|timesheets)|reviewed\ their\ work\ daily|coached\ two\ new\ hires|trained\ each\ of\ them\ on
        )
        | \bAs\ (?:a\ |the\ |an\ )?(?:team\ lead|shift\ supervisor|budget\ analyst|analyst|first-line\ supervisor|senior\ engineer|lead\ engineer|programmer|attorney\ on\ the\ case|crew\ (?:chief|leader)|specialist|project\ engineer)\b
        | \bI\ (?:supervise|supervised|lead|led)\ a\ (?:team|crew|group|staff)\ of\ (?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|10)\b
        | \b(?:for|of)\ my\ (?:supervisor|two\ teammates|teammates)\b | \bMy\ team\ of\ (?:two|three|four|five|six|[2-6])\b | \bI\ designed\ the\ repair\b
        | \bto\ the\ bench\b | \bh-index\b | \bmy\ (?:own\ )?(?:analysis|manuscripts?|publications|code|dissertation|calculations)\b
        | \bI\ (?:then\ )?tested\ (?:two|three|four|five|\d+)\b | \b(?:timecards|travel\ approvals|vehicle\ logs)\b | \bpeer[-\ ]review(?:ed)?\b | \btechnical\ committees?\b
        ",
    )
});

/// Size, reach or duties of an executive.
static EXECUTIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
        \$\ ?\d[\d,.]*\ ?(?:million|billion|[MB]\b) | \b\d{1,3},\d{3}\ (?:\w+\ ){0,3}(?:employees|staff|people|personnel|soldiers|workers)
        | \b(?:[5-9]\d|\d{3,})\ (?:[\w-]+\ ){0,3}?(?:employees|staff|people|personnel|soldiers|inspectors|workers|contractors)\b
        | \b(?:two|three|four|five|six|nine)\ hundred\b
        | (?i:\b(?:district|division|regional|section|branch|bureau|service)\ (?:chiefs|supervisors|directors|heads|managers|offices)\b)
        | (?i:\bsubordinate\ (?:supervisors|managers)\b) | (?i:\bthrough\ (?:its|their|my|five|the)\ (?:\w+\ )?(?:chiefs?|supervisors|managers|directors))
        | (?i:\b(?:enterprise|agency|department|nation|state|company|bureau|system)-?\ ?wide\b) | (?i:\bacross\ the\ (?:agency|department|bureau|enterprise|company|state|nation|organization)\b)
        | \b(?:Congress|Legislature|Governor|Secretary|Commissioner|Administrator|the\ board|Board|council|General\ Counsel|Superintendent|Chief\ Information\ Officer|vice\ president|executive\ committee|committees?|cabinet)\b
        | (?i:\b(?:policy|legislation|statute|the\ law|the\ bill|legislature|unions?|counties|organizations)\b)
        | \bI\ (?:direct|directed|oversee|oversaw|command|commanded|administer|manage\ (?:a\ budget|an\ annual|the))\b
        | \b(?:as|As|became|was\ named|named)\ (?:the\ |a\ )?(?:Deputy\ |Associate\ |Assistant\ )*(?:Director|Commander|Administrator|Commissioner|Chief|Superintendent|plant\ manager|General\ Counsel)\b
        ",
    )
});

fn check(subject: &Subject<'_>, _: &Profile, found: &mut Vec<Finding>) {
    for part in &subject.parts {
        if !matches!(part.kind, PartKind::Ecq { .. } | PartKind::Whole) {
            continue;
        }
        let hands = each_match(subject, &part.sections, &OWN_HANDS);
        let executive = each_match(subject, &part.sections, &EXECUTIVE);
        if hands.len() < FEWEST || executive.len() * 3 > hands.len() {
            continue;
        }
        let signals: Vec<String> = hands
            .iter()
            .take(3)
            .map(|&span| {
                format!(
                    "\u{201C}{}\u{201D}",
                    subject.words(span).trim_start_matches([',', ' '])
                )
            })
            .collect();
        let message = format!(
            "{}: {} signals of a specialist's or first-line supervisor's work ({}), {} of an executive's",
            part.name,
            hands.len(),
            signals.join(", "),
            executive.len()
        );
        found.extend(subject.finding_at(&RULE, &hands, message));
    }
}
