//! From the tables of a codebook file to a [`Codebook`], noting every broken rule of
//! [`lint`](crate::codebook::lint) on the way.

use std::collections::BTreeMap;

use crate::codebook::Codebook;
use crate::codebook::Fault;
use crate::codebook::builtin::{builtin, builtin_ids};
use crate::codebook::entry::{AnyOf, Competency, Confidence, Ecq, EcqKind, KeyCharacteristic};
use crate::codebook::force::InForce;
use crate::codebook::id::{self, CompetencyId};
use crate::codebook::lint::{FORMAT, Findings, MAX_CODES};
use crate::codebook::names;
use crate::codebook::nearest::nearest;
use crate::codebook::sha256_hex;
use crate::codebook::table::{At, Faults, Fields, quoted};

const BOOK_KEYS: &[&str] = &[
    "format",
    "id",
    "extends",
    "version",
    "title",
    "in_force_from",
    "in_force_to",
    "source",
    "notes",
    "ecq",
    "competency",
    "key_characteristic",
];
const ECQ_KEYS: &[&str] = &[
    "id",
    "name",
    "aliases",
    "kind",
    "number",
    "desired",
    "definition",
    "confidence",
];
const COMPETENCY_KEYS: &[&str] = &[
    "id",
    "ecq",
    "name",
    "definition",
    "indicators",
    "near_misses",
    "any_of",
    "at_least",
    "source",
    "confidence",
];
const CHARACTERISTIC_KEYS: &[&str] = &["id", "ecq", "text", "confidence"];

/// The codebook, if no rule is broken, and what is to be said of the file.
pub(super) fn read(source: &str, book: &Fields<'_, '_>) -> (Option<Codebook>, Findings) {
    let mut faults = Faults::default();
    let ecqs = book.tables("ecq", "[[ecq]]", &mut faults);
    let competencies = book.tables("competency", "[[competency]]", &mut faults);
    let characteristics = book.tables("key_characteristic", "[[key_characteristic]]", &mut faults);
    let n_codes = ecqs.len() + competencies.len() + characteristics.len();
    if n_codes > MAX_CODES {
        // Before anything is compared with anything, so that a huge file costs little.
        let message = format!("the codebook has {n_codes} entries; at most {MAX_CODES} are read");
        let faults = vec![Fault {
            line: book.line(),
            message,
        }];
        return (
            None,
            Findings {
                faults,
                warnings: Vec::new(),
            },
        );
    }

    let mut reader = Reader {
        faults,
        warnings: Faults::default(),
        known: Known::default(),
    };
    let head = reader.head(book);
    let base = head.as_ref().and_then(|head| head.base);
    if let Some(base) = base {
        reader.known.extend(base);
    }
    let own_id = head.as_ref().map_or("", |head| head.id.as_str()).to_owned();
    let of_base = |base: Option<&'static Codebook>| {
        base.map_or_else(Default::default, |base| {
            (
                base.ecqs().to_vec(),
                base.competencies().to_vec(),
                base.key_characteristics().to_vec(),
            )
        })
    };
    let (mut all_ecqs, mut all_competencies, mut key_characteristics): (
        Vec<Ecq>,
        Vec<Competency>,
        Vec<KeyCharacteristic>,
    ) = of_base(base);
    all_ecqs.extend(ecqs.iter().filter_map(|fields| reader.ecq(fields)));
    all_competencies.extend(
        competencies
            .iter()
            .filter_map(|fields| reader.competency(fields, &own_id)),
    );
    key_characteristics.extend(
        characteristics
            .iter()
            .filter_map(|fields| reader.characteristic(fields)),
    );
    reader.note_unused_ecqs();

    let findings = Findings {
        faults: reader.faults.into_sorted(),
        warnings: reader.warnings.into_sorted(),
    };
    let codebook = head
        .filter(|_| findings.faults.is_empty())
        .map(|head| Codebook {
            sha256: head.base.map_or_else(
                || sha256_hex(source),
                |base| sha256_hex(&format!("{source}{}", base.sha256())),
            ),
            id: head.id,
            extends: head.base.map(|base| base.id().to_owned()),
            version: head.version,
            title: head.title,
            in_force: head.in_force,
            source: head.source,
            notes: head.notes,
            ecqs: all_ecqs,
            competencies: all_competencies,
            key_characteristics,
        });
    (codebook, findings)
}

/// What stands before the first table.
struct Head {
    id: String,
    /// The edition that is extended.
    base: Option<&'static Codebook>,
    version: String,
    title: String,
    in_force: InForce,
    source: String,
    notes: Vec<String>,
}

/// Where each id and name was first used.
#[derive(Default)]
struct Known {
    /// ECQ id to its line, and whether anything belongs to it; line 0 is the edition that is extended.
    ecqs: BTreeMap<String, (usize, bool)>,
    /// Folded name of an ECQ to its id.
    ecq_names: BTreeMap<String, String>,
    /// Id of a competency or key characteristic to its line; line 0 is the edition that is extended.
    codes: BTreeMap<String, usize>,
}

impl Known {
    /// Takes the ids and names of the edition that is extended.
    fn extend(&mut self, base: &Codebook) {
        for ecq in base.ecqs() {
            self.ecqs.insert(ecq.id().to_owned(), (0, true));
            for name in ecq.names() {
                self.ecq_names
                    .insert(names::fold(name), ecq.id().to_owned());
            }
        }
        let competencies = base.competencies().iter().map(|one| one.id().as_str());
        let characteristics = base.key_characteristics().iter().map(KeyCharacteristic::id);
        for id in competencies.chain(characteristics) {
            self.codes.insert(id.to_owned(), 0);
        }
    }
}

/// Reads the tables one by one; the ECQs first, since the others refer to them.
struct Reader {
    faults: Faults,
    warnings: Faults,
    known: Known,
}

impl Reader {
    fn head(&mut self, book: &Fields<'_, '_>) -> Option<Head> {
        let faults = &mut self.faults;
        book.refuse_others(BOOK_KEYS, faults);
        if let Some(format) = book.integer("format", faults)
            && format.value != FORMAT
        {
            let message = format!(
                "format {} is unknown; this version reads format {FORMAT}",
                format.value
            );
            faults.add(format.line, message);
        }
        let base = extended(book, faults);
        let extends = book.keys().iter().any(|key| key.value == "extends");
        // An edition that is extended has both.
        for (key, what) in [("ecq", "[[ecq]]"), ("competency", "[[competency]]")] {
            if !extends {
                book.require(key, what, faults);
            }
        }
        let id = book.text("id", faults);
        let version = book.text("version", faults);
        let title = book.text("title", faults);
        let from = book.date("in_force_from", faults);
        let to = book.date("in_force_to", faults);
        if let (Some(from), Some(to)) = (&from, &to)
            && from.value > to.value
        {
            faults.add(from.line, "in_force_from is after in_force_to");
        }
        let source = book.optional_text("source", faults);
        let notes = values(book.texts("notes", faults));
        self.check_form(id.as_ref());
        let in_force = match (base, &from, &to) {
            (Some(base), None, None) => base.in_force(),
            _ => InForce::new(from.map(|from| from.value), to.map(|to| to.value)),
        };
        Some(Head {
            id: id?.value,
            base,
            version: version?.value,
            title: title?.value,
            in_force,
            source: source.map(|source| source.value).unwrap_or_default(),
            notes,
        })
    }

    fn ecq(&mut self, fields: &Fields<'_, '_>) -> Option<Ecq> {
        fields.refuse_others(ECQ_KEYS, &mut self.faults);
        let id = fields.text("id", &mut self.faults);
        let name = fields.text("name", &mut self.faults);
        let aliases = fields.texts("aliases", &mut self.faults);
        let definition = fields.text("definition", &mut self.faults);
        let kind = self.word(fields, "kind", &EcqKind::ALL, EcqKind::as_str);
        let number = fields.optional_integer("number", &mut self.faults);
        let desired = fields.flag("desired", &mut self.faults);
        let confidence = self.confidence(fields);
        self.check_form(id.as_ref());
        let id = id?;
        match self.known.ecqs.get(&id.value) {
            Some((first, _)) => self.faults.add(id.line, used_twice(&id.value, *first)),
            None => {
                self.known.ecqs.insert(id.value.clone(), (id.line, false));
                for name in name.iter().chain(&aliases) {
                    self.claim_name(&id.value, name);
                }
            }
        }
        Some(Ecq {
            id: id.value,
            name: name?.value,
            aliases: values(aliases),
            kind: kind.unwrap_or_default(),
            number: number.map(|number| number.value),
            desired,
            definition: definition?.value,
            confidence,
        })
    }

    fn competency(&mut self, fields: &Fields<'_, '_>, edition: &str) -> Option<Competency> {
        fields.refuse_others(COMPETENCY_KEYS, &mut self.faults);
        let id = fields.text("id", &mut self.faults);
        let ecq = fields.text("ecq", &mut self.faults);
        let name = fields.text("name", &mut self.faults);
        let definition = fields.text("definition", &mut self.faults);
        let indicators = values(fields.texts("indicators", &mut self.faults));
        let near_misses = values(fields.texts("near_misses", &mut self.faults));
        let any_of = fields.optional_text("any_of", &mut self.faults);
        let at_least = fields.optional_integer("at_least", &mut self.faults);
        if let (Some(at_least), None) = (&at_least, &any_of) {
            self.faults.add(
                at_least.line,
                "at_least belongs to any_of, which is not there",
            );
        }
        let source = fields.optional_text("source", &mut self.faults);
        let confidence = self.confidence(fields);
        if let Some(id) = &id
            && indicators.is_empty()
        {
            let message = format!("competency {} has no indicators", quoted(&id.value));
            self.warnings.add(fields.line(), message);
        }
        self.claim_code(id.as_ref());
        self.refer(ecq.as_ref());
        Some(Competency {
            id: CompetencyId::new(id?.value).ok()?,
            edition: edition.to_owned(),
            ecq: ecq?.value,
            name: name?.value,
            definition: definition?.value,
            indicators,
            near_misses,
            any_of: any_of.map(|list| AnyOf {
                list: list.value,
                at_least: at_least.map_or(1, |n| n.value.max(1)),
            }),
            source: source.map(|source| source.value),
            confidence,
        })
    }

    fn characteristic(&mut self, fields: &Fields<'_, '_>) -> Option<KeyCharacteristic> {
        fields.refuse_others(CHARACTERISTIC_KEYS, &mut self.faults);
        let id = fields.text("id", &mut self.faults);
        let ecq = fields.text("ecq", &mut self.faults);
        let text = fields.text("text", &mut self.faults);
        let confidence = self.confidence(fields);
        self.claim_code(id.as_ref());
        self.refer(ecq.as_ref());
        Some(KeyCharacteristic {
            id: id?.value,
            ecq: ecq?.value,
            text: text?.value,
            confidence,
        })
    }

    fn note_unused_ecqs(&mut self) {
        for (id, &(line, is_used)) in &self.known.ecqs {
            if !is_used {
                self.warnings
                    .add(line, format!("nothing belongs to ecq {}", quoted(id)));
            }
        }
    }

    fn confidence(&mut self, fields: &Fields<'_, '_>) -> Option<Confidence> {
        self.word(fields, "confidence", &Confidence::ALL, Confidence::as_str)
    }

    /// One of a few words, or a fault; `None` if absent as well.
    fn word<T: Copy>(
        &mut self,
        fields: &Fields<'_, '_>,
        key: &str,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) -> Option<T> {
        let word = fields.optional_text(key, &mut self.faults)?;
        let found = all
            .iter()
            .copied()
            .find(|&value| as_str(value) == word.value);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|&value| as_str(value)).collect();
            let message = format!(
                "{key} {} is unknown; known are {}",
                quoted(&word.value),
                words.join(", ")
            );
            self.faults.add(word.line, message);
        }
        found
    }

    fn check_form(&mut self, id: Option<&At<String>>) {
        if let Some(id) = id
            && let Err(error) = id::check_form(&id.value)
        {
            self.faults.add(id.line, error.to_string());
        }
    }

    /// Takes an id for a competency or key characteristic.
    fn claim_code(&mut self, id: Option<&At<String>>) {
        self.check_form(id);
        let Some(id) = id else {
            return;
        };
        if let Some(first) = self.known.codes.get(&id.value) {
            self.faults.add(id.line, used_twice(&id.value, *first));
        } else {
            self.known.codes.insert(id.value.clone(), id.line);
        }
    }

    /// Takes a name for an ECQ: a heading must not name two.
    fn claim_name(&mut self, ecq_id: &str, name: &At<String>) {
        let folded = names::fold(&name.value);
        if folded.is_empty() {
            let message = format!("name {} has no letter or digit", quoted(&name.value));
            self.faults.add(name.line, message);
            return;
        }
        let owner = self
            .known
            .ecq_names
            .entry(folded)
            .or_insert_with(|| ecq_id.to_owned());
        if owner != ecq_id {
            let message = format!(
                "name {} already stands for ecq {}",
                quoted(&name.value),
                quoted(owner)
            );
            self.faults.add(name.line, message);
        }
    }

    /// Notes that something belongs to an ECQ, which must be there.
    fn refer(&mut self, ecq: Option<&At<String>>) {
        let Some(ecq) = ecq else {
            return;
        };
        if let Some((_, is_used)) = self.known.ecqs.get_mut(&ecq.value) {
            *is_used = true;
        } else if !self.faults.is_full() {
            let known = self.known.ecqs.keys().map(String::as_str);
            let hint = nearest(&ecq.value, known).map_or_else(String::new, |meant| {
                format!("; did you mean {}?", quoted(meant))
            });
            self.faults.add(
                ecq.line,
                format!("ecq {} is not defined{hint}", quoted(&ecq.value)),
            );
        }
    }
}

/// The shipped edition that a codebook extends.
fn extended(book: &Fields<'_, '_>, faults: &mut Faults) -> Option<&'static Codebook> {
    let name = book.optional_text("extends", faults)?;
    let base = builtin(&name.value);
    if base.is_none() {
        let hint = nearest(&name.value, builtin_ids()).map_or_else(
            || format!("known are {}", builtin_ids().collect::<Vec<_>>().join(", ")),
            |meant| format!("did you mean {}?", quoted(meant)),
        );
        faults.add(
            name.line,
            format!(
                "extends {}, which is no shipped codebook; {hint}",
                quoted(&name.value)
            ),
        );
    }
    base
}

fn used_twice(id: &str, first_line: usize) -> String {
    if first_line == 0 {
        return format!(
            "id {} is already used by the edition that is extended",
            quoted(id)
        );
    }
    format!("id {} is already used on line {first_line}", quoted(id))
}

fn values(texts: Vec<At<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
