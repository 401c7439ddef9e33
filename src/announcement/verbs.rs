//! The verbs that qualifications are built on, by their form.

/// Verbs in their bare form; those that are nouns as well (plan, report) are left out.
const VERBS: &str = "\
    achieve acquire address administer advise align allocate analyze apply assess build collaborate communicate \
    consolidate coordinate correct create decide deliver deploy develop direct drive ensure establish evaluate \
    execute explain formulate guide identify implement improve inform integrate interpret investigate lead \
    maintain manage meet mobilize monitor negotiate operate oversee prepare present provide recruit reflect \
    represent resolve secure serve set supervise sustain translate turn use utilize write";

/// Words in -ing that are nouns of the trade, or no verbs.
const NOUNS_IN_ING: &str = "\
    accounting banking bargaining briefing budgeting building computing contracting engineering financing \
    funding hearing hiring housing learning licensing manufacturing marketing meeting mining modeling planning \
    policing pricing processing programming purchasing rating reporting rulemaking scheduling shipping staffing \
    sourcing spending standing testing training understanding warning working following existing outstanding \
    ongoing emerging including involving regarding concerning drinking operating";

fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|one| one == word)
}

pub(super) fn lower(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// Whether a word is one of the verbs in the form that a position's duties are written in: `leads`.
pub(super) fn is_verb_in_s(word: &str) -> bool {
    let word = lower(word);
    let Some(stem) = word.strip_suffix('s') else {
        return false;
    };
    let singular = stem.strip_suffix("ie").map(|stem| format!("{stem}y"));
    has(VERBS, stem)
        || singular.is_some_and(|stem| has(VERBS, &stem))
        || stem.strip_suffix('e').is_some_and(|stem| has(VERBS, stem))
}

pub(super) fn is_bare_verb(word: &str) -> bool {
    has(VERBS, &lower(word))
}

pub(super) fn is_gerund(word: &str) -> bool {
    let word = lower(word);
    word.len() > 4 && word.ends_with("ing") && !has(NOUNS_IN_ING, &word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_told_by_their_form() {
        for verb in ["Leads", "applies", "Ensures", "coordinates"] {
            assert!(is_verb_in_s(verb), "{verb}");
        }
        for other in ["offices", "staff", "analyses", "lead"] {
            assert!(!is_verb_in_s(other), "{other}");
        }
        assert!(is_bare_verb("Negotiate") && !is_bare_verb("negotiates"));
        assert!(is_gerund("turning") && !is_gerund("training") && !is_gerund("king"));
    }
}
