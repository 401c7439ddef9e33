use super::*;

/// Documents from which the lexicon of these tests is learned, twice each.
const TAUGHT: &str = "the section chiefs had not spoken to each other since the consolidation and I met with them in \
    writing before the division of land management was moved; our division and its region served customers at the \
    university and department with a common schedule that state agencies had agreed on during the hearing about service";

fn lexicon() -> Lexicon {
    let proper = "We told Congress and the Senate. Then Congress asked Medicare.";
    let documents: Vec<String> = (0..6).map(|n| format!("d{n}")).collect();
    Lexicon::learn(
        documents
            .iter()
            .flat_map(|d| [(d.as_str(), TAUGHT), (d.as_str(), proper)]),
    )
}

fn read(text: &str) -> String {
    let knows = |word: &str| {
        ["schedule", "miller", "washington"]
            .iter()
            .position(|w| *w == word)
            .map(|n| n as u32)
    };
    neutral(text, &lexicon(), Some(&knows)).into_owned()
}

#[test]
fn a_lexicon_survives_its_file() {
    let learned = lexicon();
    assert!(learned.has("consolidation") && learned.has("Congress") && !learned.has("congress"));
    let bytes = String::from_utf8(learned.as_bytes().to_vec()).unwrap();
    let read = Lexicon::parse(Cow::Owned(bytes)).unwrap();
    assert_eq!(read.len(), learned.len());
    assert!(read.has("since") && !read.has("sinc"));
    assert!(Lexicon::parse("b\na\n".into()).is_err());
    assert!(Lexicon::parse("a\nb".into()).is_err());
}

#[test]
fn who_somebody_is_makes_no_difference() {
    let texts = [
        "Two section chiefs, {} and Mr. Orloff, had not spoken to each other.",
        "{} had stopped the hearing. I met with them.",
        "I believe in service to {}, and to customers.",
        "On the consolidation I was told by {} that the hearing moved.",
    ];
    for text in texts {
        let first = read(&text.replace("{}", "Robert Miller"));
        for name in [
            "Keisha Washington",
            "Mohammed Al-Sayed",
            "Nguyen Thi Mai",
            "Guadalupe Hernandez",
            "Dana O'Brien",
        ] {
            assert_eq!(read(&text.replace("{}", name)), first);
        }
        assert!(first.contains("Smith"), "{first}");
    }
}

#[test]
fn a_name_keeps_its_stand_in() {
    assert_eq!(
        read("I met with Robert Miller and Ms. Okafor. Miller asked; Okafor's division agreed."),
        "I met with Smith and Ms. Jones. Smith asked; Jones's division agreed."
    );
}

#[test]
fn agencies_schools_and_services_are_alike() {
    let text = "I told the {} of the hearing.";
    let first = read(&text.replace("{}", "Bureau of Land Management"));
    for agency in [
        "Social Security Administration",
        "Department of Transportation",
        "Coast Guard",
        "Navy",
        "FEMA",
    ] {
        assert_eq!(read(&text.replace("{}", agency)), first);
    }
    let text = "I recruited at {} and at two colleges.";
    let first = read(&text.replace("{}", "Harvard University"));
    for school in [
        "Howard University",
        "Ohio State University",
        "the University of Texas at Austin",
    ] {
        assert_eq!(
            read(&text.replace("{}", school)).replace("the ", ""),
            first.replace("the ", "")
        );
    }
}

#[test]
fn pronouns_are_alike() {
    assert_eq!(
        read("I told him that he could move his schedule himself."),
        read("I told her that she could move her schedule herself.")
    );
    assert_eq!(
        read("a hearing against him, on his schedule; I met him in division"),
        read("a hearing against her, on her schedule; I met her in division")
    );
}

#[test]
fn names_of_competencies_beside_a_text_are_left_out() {
    assert_eq!(
        read("I met with Ms. Okafor (Vision; Leading Change) on the hearing (Integrity/Honesty)."),
        "I met with Ms. Smith on the hearing."
    );
}

#[test]
fn what_tells_something_stays() {
    for text in [
        "I told Congress about Medicare and OMB.",
        "The Division and the Region agreed.",
        "I led 42 people.",
        "Leading the division I was told of the hearing.",
    ] {
        assert_eq!(read(text), text);
    }
}

#[test]
fn a_slip_is_mended_and_a_known_word_left() {
    for slip in [
        "consoildation",
        "consolidaton",
        "consoliddation",
        "consolifation",
    ] {
        assert_eq!(
            read(&format!("the {slip} was moved")),
            "the consolidation was moved"
        );
    }
    // Too short, unknown for another reason, or spelled with capitals.
    for text in [
        "the teh was moved",
        "the zzyzx was moved",
        "the cONSOLIDATON was moved",
    ] {
        assert_eq!(read(text), text);
    }
}
