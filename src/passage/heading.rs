//! Headings of sections as people write them, and what they name.

use crate::document::BlockKind;
use crate::passage::head::MAX_HEADING_WORDS;
use crate::passage::head::ends_sentence;
use crate::passage::head::is_contents_line;
use crate::passage::section::SectionTitle;

/// How far into a block a heading is looked for, in bytes; the longest title has 75.
const MAX_HEADING: usize = 240;

/// Most words behind a label or title that are a subtitle and not running text.
const MAX_SUBTITLE_WORDS: usize = 14;

/// Fewest words behind a bare title that are running text and not a list of competencies.
const MIN_RUN_IN_WORDS: usize = 15;

/// What a heading names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A title: the entries of the title list that are spelled so.
    Titles(Vec<usize>),
    /// An ECQ by number alone.
    Number(u32),
    /// A technical qualification, by number if it has one.
    Technical(Option<u32>),
    /// The executive summary.
    Summary,
    /// A résumé.
    Resume,
    /// Another part of a packet, which ends the section before it.
    Other,
}

/// A heading found at the beginning of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) named: Named,
    /// The number that the heading gives the ECQ.
    pub(super) number: Option<u32>,
    /// The number of the example.
    pub(super) part: Option<u32>,
    /// Bytes of the block's text up to the running text, if any.
    pub(super) len: usize,
    /// Whether words such as "ECQ 2" stand in it.
    pub(super) labeled: bool,
}

/// The titles to look for, ready for matching.
pub(super) struct Titles<'a> {
    pub(super) all: &'a [SectionTitle],
    /// Stems of each spelling, with its place in `all`.
    spellings: Vec<(Vec<String>, usize)>,
}

impl<'a> Titles<'a> {
    pub(super) fn new(all: &'a [SectionTitle]) -> Self {
        let mut spellings = Vec::new();
        for (idx, title) in all.iter().enumerate() {
            for name in &title.names {
                let stems: Vec<String> = words(name)
                    .into_iter()
                    .map(|word| word.stem)
                    .filter(|stem| !is_filler(stem))
                    .collect();
                if !stems.is_empty() {
                    spellings.push((stems, idx));
                }
            }
        }
        Self { all, spellings }
    }

    /// The word behind the longest title that begins at `words[at]`, and the entries spelled so.
    fn longest(&self, words: &[Word<'_>], at: usize) -> Option<(usize, Vec<usize>)> {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for (stems, idx) in &self.spellings {
            let Some(end) = match_stems(words, at, stems) else {
                continue;
            };
            match &mut best {
                Some((longest, found)) if *longest == end => {
                    if !found.contains(idx) {
                        found.push(*idx);
                    }
                }
                Some((longest, _)) if *longest > end => {}
                _ => best = Some((end, vec![*idx])),
            }
        }
        best
    }

    /// The number of an entry within its edition, counted from 1.
    pub(super) fn position(&self, idx: usize) -> u32 {
        let edition = &self.all[idx].edition;
        let n = self.all[..=idx]
            .iter()
            .filter(|title| title.edition == *edition)
            .count();
        u32::try_from(n).unwrap_or(u32::MAX)
    }

    /// The entry with a number within an edition.
    pub(super) fn by_number(&self, edition: &str, number: u32) -> Option<usize> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let of_edition = self
            .all
            .iter()
            .enumerate()
            .filter(|(_, title)| title.edition == edition);
        of_edition.map(|(idx, _)| idx).nth(place)
    }
}

/// Words that titles are spelled with or without.
fn is_filler(stem: &str) -> bool {
    matches!(stem, "and" | "the")
}

fn match_stems(words: &[Word<'_>], at: usize, stems: &[String]) -> Option<usize> {
    let mut end = at;
    for stem in stems {
        while end > at && words.get(end).is_some_and(|word| is_filler(&word.stem)) {
            end += 1;
        }
        if words.get(end)?.stem != *stem {
            return None;
        }
        end += 1;
    }
    Some(end)
}

/// A run of letters or digits.
struct Word<'a> {
    raw: &'a str,
    start: usize,
    end: usize,
    /// Lower case, without the s of a plural.
    stem: String,
}

/// The words of a text; glued ones (`ChangeThe`, `ECQ1`) are two.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut push = |start: usize, end: usize| {
        let raw = &text[start..end];
        let lower = raw.to_lowercase();
        let stem = match lower.strip_suffix('s') {
            Some(stem) if stem.len() >= 2 && !stem.ends_with(['s', 'i', 'u']) => stem.to_owned(),
            _ => lower,
        };
        words.push(Word {
            raw,
            start,
            end,
            stem,
        });
    };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !c.is_alphanumeric() {
            continue;
        }
        let begun = *start.get_or_insert(at);
        let end = at + c.len_utf8();
        let next = chars.peek().map(|&(_, next)| next);
        let goes_on = next.is_some_and(|next| {
            let switches = c.is_lowercase() && next.is_uppercase()
                || c.is_alphabetic() != next.is_alphabetic();
            next.is_alphanumeric()
                && !switches
                && !begins_capital_word(&text[begun..end], &text[end..])
        });
        if !goes_on {
            push(begun, end);
            start = None;
        }
    }
    words
}

/// Whether a word in capitals ends here because a capitalized word was glued to it: `CHANGE` + `The`.
fn begins_capital_word(word: &str, rest: &str) -> bool {
    let mut rest = rest.chars();
    word.chars().count() >= 4
        && word.chars().all(char::is_uppercase)
        && rest.next().is_some_and(char::is_uppercase)
        && rest.next().is_some_and(char::is_lowercase)
}

/// The heading that a block begins with.
///
/// `text` holds the words of the block. Sentences that merely begin with a title, lists of titles in one
/// line, and lines of a table of contents are none.
pub(super) fn parse(
    kind: BlockKind,
    emphasized: bool,
    text: &str,
    titles: &Titles<'_>,
) -> Option<Heading> {
    if kind == BlockKind::Footnote || is_contents_line(text) {
        return None;
    }
    let mut end = text.len().min(MAX_HEADING);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let words = words(&text[..end]);
    let mut found = Found {
        text,
        words: &words,
        at: 0,
        number: None,
        part: None,
        label: None,
    };
    found.skip_enumerator();
    found.read_label();
    // "Mandatory Technical Qualification 1 (MTQ 1)".
    if found.label.is_some() && found.gap(found.at).ends_with('(') {
        found.read_label();
    }
    let mut named = None;
    let title_from = found.at;
    if !matches!(found.label, Some(Label::Technical))
        && let Some((next, entries)) = titles.longest(&words, found.at)
    {
        found.at = next;
        // "Building Coalitions/Communications" where only the first half is a known title.
        while words
            .get(found.at)
            .is_some_and(|word| text[..word.start].ends_with('/') && word.stem != "ecq")
        {
            found.at += 1;
        }
        named = Some(Named::Titles(entries));
    }
    let title = title_from..found.at;
    if named.is_some() {
        found.read_fillers();
        if found.label.is_none() {
            found.read_label();
        }
    }
    found.read_fillers();
    let is_whole_phrase = named.is_none() && found.label.is_none();
    if is_whole_phrase {
        named = found.read_phrase();
    }
    let named = match (named, found.label) {
        (Some(named), _) => named,
        (None, Some(Label::Technical)) => Named::Technical(found.number),
        (None, Some(Label::Ecq)) => found.number.map_or(Named::Other, Named::Number),
        (None, None) => return None,
    };
    let look = Look {
        kind,
        is_strong: emphasized || matches!(kind, BlockKind::Heading { .. }),
        is_titled: !title.is_empty(),
        is_capitalized: words[title]
            .iter()
            .all(|word| word.raw.len() <= 3 || word.raw.starts_with(|c: char| c.is_uppercase())),
        is_caps: words[..found.at]
            .iter()
            .all(|word| !word.raw.contains(char::is_lowercase)),
    };
    let len = found.accept(&named, &look)?;
    Some(Heading {
        named,
        number: found.number,
        part: found.part,
        len,
        labeled: found.label.is_some(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Ecq,
    Technical,
}

/// How a block and the title in it look.
struct Look {
    kind: BlockKind,
    /// Marked as a heading or wholly bold.
    is_strong: bool,
    is_titled: bool,
    is_capitalized: bool,
    is_caps: bool,
}

/// What has been read of a heading; `at` is the next word.
struct Found<'a> {
    text: &'a str,
    words: &'a [Word<'a>],
    at: usize,
    number: Option<u32>,
    part: Option<u32>,
    label: Option<Label>,
}

impl Found<'_> {
    fn stem(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.stem.as_str())
    }

    /// What stands between a word and the one before it.
    fn gap(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.words[before].end);
        let end = self
            .words
            .get(at)
            .map_or(self.text.len(), |word| word.start);
        &self.text[start..end]
    }

    /// Skips `1.`, `II)`, `b.` and the like before the heading.
    fn skip_enumerator(&mut self) {
        let Some(word) = self.words.first() else {
            return;
        };
        let is_letter =
            word.raw.len() == 1 && word.raw.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_digits = word.raw.len() <= 2 && word.raw.bytes().all(|byte| byte.is_ascii_digit());
        let is_marked = self.words.len() > 1
            && self
                .gap(1)
                .trim()
                .starts_with(['.', ')', ':', '-', '–', '—']);
        if is_marked && (is_letter || is_digits || number_of(word).is_some())
            || (is_digits && self.words.len() > 1)
        {
            self.at = 1;
        }
    }

    /// Reads `ECQ 2`, `Executive Core Qualification (ECQ) Two`, `MTQ-1` and the like.
    fn read_label(&mut self) {
        let at = self.at;
        let is = |at: usize, stem: &str| self.stem(at) == stem;
        let is_qualification = |at: usize| {
            matches!(
                self.stem(at),
                "qualification" | "competency" | "competencie"
            )
        };
        let qualifies = |at: usize| {
            matches!(
                self.stem(at),
                "mandatory" | "professional" | "required" | "desired" | "desirable"
            )
        };
        let technical_from = at + usize::from(qualifies(at));
        let (label, mut next) = if is(at, "ecq") {
            (Label::Ecq, at + 1)
        } else if is(at, "executive") && is(at + 1, "core") && is_qualification(at + 2) {
            (Label::Ecq, at + 3)
        } else if is(at, "core") && is_qualification(at + 1) {
            (Label::Ecq, at + 2)
        } else if matches!(self.stem(at), "tq" | "mtq" | "ptq" | "dtq") {
            (Label::Technical, at + 1)
        } else if is(technical_from, "technical") && is_qualification(technical_from + 1) {
            (Label::Technical, technical_from + 2)
        } else if qualifies(at) && is(at + 1, "qualification") {
            (Label::Technical, at + 2)
        } else {
            return;
        };
        if matches!(self.stem(next), "ecq" | "tq" | "mtq" | "ptq")
            || (is(next, "s") && self.gap(next) != " ")
        {
            next += 1;
        }
        while matches!(self.stem(next), "no" | "number" | "num") {
            next += 1;
        }
        self.label = Some(label);
        self.at = next;
        if let Some(word) = self.words.get(next)
            && let Some(number) = number_of(word)
            && self.is_number_here(next)
        {
            self.number = Some(number);
            self.at = next + 1;
        }
        self.read_fillers();
    }

    /// Whether a word that may be a number is one at its place: `ECQ I` is, `ECQ: I led` is not.
    fn is_number_here(&self, at: usize) -> bool {
        let gap = self.gap(at);
        let is_digits = self.words[at].raw.bytes().all(|byte| byte.is_ascii_digit());
        if is_digits {
            return gap.len() <= 4;
        }
        let gap_after = self.gap(at + 1);
        let after = self.words.get(at + 1).map_or("", |word| word.raw);
        gap.trim().trim_matches(['#', '-', '.']).is_empty()
            && !(gap_after == " " && after.starts_with(char::is_lowercase))
    }

    /// Reads `narrative`, `(continued)`, `Example 2`, `2 of 3` and the like.
    fn read_fillers(&mut self) {
        loop {
            match self.stem(self.at) {
                "narrative" | "statement" | "essay" | "response" | "continued" | "contd"
                | "cont" => {
                    self.at += 1;
                }
                "d" if self.stem(self.at.wrapping_sub(1)) == "cont" => self.at += 1,
                "example" | "part" | "story" | "vignette" | "accomplishment" => {
                    self.at += 1;
                    if let Some(word) = self.words.get(self.at)
                        && let Some(number) = number_of(word).or_else(|| letter_number(word))
                        && self.is_number_here(self.at)
                    {
                        self.part = self.part.or(Some(number));
                        self.at += 1;
                    }
                }
                "of" if self.part.is_some()
                    && self
                        .words
                        .get(self.at + 1)
                        .is_some_and(|w| number_of(w).is_some()) =>
                {
                    self.at += 2;
                }
                // A bare number is a part only where nothing but "of 3" follows.
                _ => match self.words.get(self.at).and_then(number_of) {
                    Some(number)
                        if self.part.is_none() && self.at > 0 && self.ends_behind(self.at + 1) =>
                    {
                        self.part = Some(number);
                        self.at += 1;
                    }
                    _ => return,
                },
            }
        }
    }

    /// Whether the text ends at the word, or has only `of N` from there.
    fn ends_behind(&self, at: usize) -> bool {
        let is_end = |at: usize| {
            at >= self.words.len()
                && self
                    .words
                    .last()
                    .is_some_and(|w| self.text.len() - w.end <= 2)
        };
        is_end(at) || (self.stem(at) == "of" && is_end(at + 2))
    }

    /// Reads the name of another part of a packet.
    fn read_phrase(&mut self) -> Option<Named> {
        const PHRASES: [(&[&str], Named); 15] = [
            (&["executive", "summary"], Named::Summary),
            (&["executive", "profile"], Named::Summary),
            (&["professional", "summary"], Named::Summary),
            (&["professional", "profile"], Named::Summary),
            (&["career", "summary"], Named::Summary),
            (&["summary", "of", "qualification"], Named::Summary),
            (&["summary"], Named::Summary),
            (&["resume"], Named::Resume),
            (&["résumé"], Named::Resume),
            (&["curriculum", "vitae"], Named::Resume),
            (&["work", "experience"], Named::Resume),
            (&["professional", "experience"], Named::Resume),
            (&["employment", "history"], Named::Resume),
            (&["education"], Named::Other),
            (&["reference"], Named::Other),
        ];
        let (stems, named) = PHRASES.iter().find(|(stems, _)| {
            stems
                .iter()
                .enumerate()
                .all(|(n, stem)| self.stem(self.at + n) == *stem)
        })?;
        self.at += stems.len();
        self.read_fillers();
        Some(named.clone())
    }

    /// Bytes that the heading takes of the block, if it is one.
    fn accept(&self, named: &Named, look: &Look) -> Option<usize> {
        let last = self.words[self.at.checked_sub(1)?].end;
        let separators = |c: char| c.is_whitespace() || ":.)]-–—*_|”’\"".contains(c);
        let rest = self.text[last..].trim_start_matches(separators);
        let len = self.text.len() - rest.len();
        let whole = Some(self.text.len());
        let is_numbered = self.label.is_some() && self.number.is_some();
        if rest.is_empty() {
            let is_plain_word =
                matches!(named, Named::Other | Named::Resume) && self.label.is_none();
            return match look.kind {
                BlockKind::TableCell if !look.is_strong && self.label.is_none() => None,
                _ if is_plain_word && !look.is_strong && !look.is_caps => None,
                _ => whole,
            };
        }
        let sign = self.text[last..len].trim();
        let is_glued = len == last && rest.starts_with(char::is_uppercase);
        let is_separated = !sign.trim_matches(['”', '’', '"']).is_empty() || is_glued;
        let is_bracketed =
            rest.starts_with('(') && rest.trim_end().ends_with(')') && rest.len() < MAX_HEADING;
        let is_upper = rest
            .chars()
            .find(|c| c.is_alphanumeric())
            .is_some_and(|c| c.is_uppercase() || c.is_numeric());
        let n_rest = rest.split_whitespace().take(MAX_HEADING_WORDS + 1).count();
        let is_short = n_rest <= MAX_SUBTITLE_WORDS && !ends_sentence(rest);
        let is_phrase = !look.is_titled && self.label.is_none();
        if is_phrase || (self.label.is_some() && !is_numbered && !look.is_titled) {
            // "Executive Summary: I am"; one word, or a label without a number, begins too many sentences.
            let is_clear = matches!(named, Named::Summary) && self.at >= 2;
            return (is_clear && is_separated && is_upper).then_some(len);
        }
        if look.is_titled && self.label.is_none() && !look.is_strong && !look.is_capitalized {
            return None;
        }
        let is_sure = is_numbered || (self.label.is_some() && look.is_titled);
        if look.is_strong {
            let runs_on = is_separated || is_bracketed || (is_sure && is_upper);
            return if runs_on && n_rest <= MAX_HEADING_WORDS {
                whole
            } else {
                (runs_on && is_upper).then_some(len)
            };
        }
        if (is_sure || look.is_caps) && is_separated && !is_glued && is_short
            || is_bracketed && is_short
        {
            return whole;
        }
        let begins_text = is_upper
            && match (is_sure, look.is_titled) {
                // "TQ-1 Develops strategy based on"
                _ if matches!(named, Named::Technical(_)) => true,
                (true, true) => true,
                (true, false) => is_separated,
                _ if is_glued => true,
                _ if look.kind != BlockKind::Paragraph || n_rest < MIN_RUN_IN_WORDS => false,
                _ => {
                    is_separated || (look.is_caps && rest.chars().take(20).any(char::is_lowercase))
                }
            };
        begins_text.then_some(len)
    }
}

/// The number that a word spells: digits, Roman, or English, up to twenty.
fn number_of(word: &Word<'_>) -> Option<u32> {
    const ENGLISH: [&str; 10] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    const ROMAN: [&str; 10] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    if let Ok(number) = word.raw.parse::<u32>() {
        return (1..=20).contains(&number).then_some(number);
    }
    let lower = word.raw.to_lowercase();
    let is_roman = word.raw.chars().all(char::is_uppercase);
    let place = ENGLISH.iter().position(|name| *name == lower);
    let place = place.or_else(|| ROMAN.iter().position(|name| is_roman && *name == lower))?;
    u32::try_from(place + 1).ok()
}

/// The number of an example that is counted by letters: `Example B`.
fn letter_number(word: &Word<'_>) -> Option<u32> {
    match word.raw {
        "A" | "a" => Some(1),
        "B" | "b" => Some(2),
        "C" | "c" => Some(3),
        _ => None,
    }
}
