//! Dates as narratives write them: years, months, fiscal years.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

use crate::findings::words::regex;
use crate::span::Span;

/// A day, a month or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date {
    /// Year of our era.
    pub year: u16,
    /// Month, 1 to 12, if known.
    pub month: Option<u8>,
    /// Day, 1 to 31, if known; never without a month.
    pub day: Option<u8>,
}

impl Date {
    /// A year.
    #[must_use]
    pub fn year(year: u16) -> Self {
        Self {
            year,
            month: None,
            day: None,
        }
    }

    /// The first day that it can mean, as (year, month, day).
    #[must_use]
    pub fn earliest(self) -> (u16, u8, u8) {
        (self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }

    /// The last day that it can mean, as (year, month, day).
    #[must_use]
    pub fn latest(self) -> (u16, u8, u8) {
        (self.year, self.month.unwrap_or(12), self.day.unwrap_or(31))
    }

    /// Whether more than `years` lie between the two, however each is read; parts of a year count by the month.
    #[must_use]
    pub fn is_older_than(self, years: f64, as_of: Self) -> bool {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a limit is never negative, and the cast saturates"
        )]
        let months = (years * 12.0).round() as u32;
        let (year, month, day) = self.latest();
        let (end_year, end_month, end_day) = as_of.earliest();
        let count = |year: u16, month: u8| u32::from(year) * 12 + u32::from(month);
        (count(year, month).saturating_add(months), day) < (count(end_year, end_month), end_day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `2024`, `2024-03` or `2024-03-15`.
    fn from_str(text: &str) -> Result<Self, String> {
        let fault =
            || format!("\"{text}\" is not a date; write it like 2024-03-15, 2024-03 or 2024");
        let mut numbers = text.split('-').map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<u16>().ok()).flatten()
        });
        let year = numbers
            .next()
            .flatten()
            .filter(|year| (1900..=2100).contains(year));
        let mut next = |most: u16| match numbers.next() {
            None => Ok(None),
            Some(Some(number)) if (1..=most).contains(&number) => Ok(u8::try_from(number).ok()),
            Some(_) => Err(fault()),
        };
        let (month, day) = (next(12)?, next(31)?);
        if numbers.next().is_some() {
            return Err(fault());
        }
        Ok(Self {
            year: year.ok_or_else(fault)?,
            month,
            day,
        })
    }
}

/// A date in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dated {
    /// Its words, relative to the text searched.
    pub span: Span,
    /// What they say.
    pub date: Date,
    /// Whether it seems to lie ahead of the writer: "renewed through 2028".
    pub ahead: bool,
    /// Whether it dates a law, a building or a thing and not what happened: "the Act of 1990", "dated from 1958".
    pub background: bool,
}

const MONTHS: &str = r"Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?";

static DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?x)
        \b(?P<fiscal>(?:FY|CY|(?i:fiscal\ year|calendar\ year))\s?'?(?P<fy>(?:19|20)?\d\d))\b
        | \b(?P<month>{MONTHS})\ (?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\ )?(?:of\ )?(?P<my>(?:19|20)\d\d)\b
        | \b(?P<iy>(?:19|20)\d\d)-(?P<im>\d\d)(?:-(?P<id>\d\d))?\b
        | \b(?P<sm>\d{{1,2}})/(?:(?P<sd>\d{{1,2}})/)?(?P<sy>(?:19|20)\d\d)\b
        | \b(?P<year>(?:19[5-9]|20[0-6])\d)\b",
    ))
});

/// What stands before four digits that are no year: money, grades, forms, laws.
static NOT_YEAR_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:[$€£#§.,\d/]|\b(?:no\.?|number|form|section|room|suite|title|series|route|box|p\.l\.|usc|u\.s\.c\.|cfr|part|code|over|nearly|almost|some|about|approximately|than|roughly|all|these|those|another|[a-z]{1,4}-)\s?)$",
    )
});

/// What stands behind four digits that are no year: a unit or the things counted.
static NOT_YEAR_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(?:[,.]?\d|%|\s?-?(?:employees|people|staff|personnel|persons|members|workers|users|devices|sites|vehicles|trucks|cases|claims|calls|records|applications|applicants|items|pages|hours|miles|acres|feet|square|square-foot|degrees|pounds|tons|gallons|residents|veterans|patients|students|households|customers|contractors|civilians|soldiers|sailors|officers|units|homes|jobs|positions|dollars|percent|documents|files|servers|computers|laptops|requests|complaints|visits|inspections|inspectors|farms|farmers)\b)",
    )
});

static AHEAD_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:through|until|till|towards?|expir(?:es|ing) in|due in|scheduled for|planned for|valid to)\s(?:(?:the )?(?:end|spring|summer|fall|autumn|winter|close) (?:of )?|early |late |mid-?)?$",
    )
});

/// What the date belongs to, if it is not the story.
static BACKGROUND_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:(?:act|law|statute|code|amendments?|treaty|regulations?|order) of|built in|bought in|purchased in|founded in|enacted in|installed in|(?:dated|dates|dating) (?:back )?(?:from|to)|(?:building|contract|agreement|system|fleet|manual|directive|plan|form|lease|equipment)s? (?:from|of)|constructed in|written in|unchanged since|as (?:it|they) (?:was|were|had been) in)\s$",
    )
});

/// A date that names a thing: "the 1994 agreement".
static BACKGROUND_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^ (?:act|amendments?|law|statute|agreement|edition|manual|census|model|treaty|directive|building)\b",
    )
});

/// A wish, plan or question in the same sentence: "what should it look like when a crib is bought in 2026".
static WISHED_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:will|would|should|goal|target|vision|expect(?:s|ed)?|project(?:s|ed)|forecast|envision\w*|anticipat\w+|aim(?:s|ed)? to|plan(?:s|ned)? to)\b[^.;!?\u{201D}]*\b(?:in|by|for|through|during)\s(?:the (?:end|spring|summer|fall|year) (?:of )?|FY ?|fiscal year )?$",
    )
});

/// A span of time that has ended: `2015 through`, `from May 2015 until`.
static RANGE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:19|20)\d\d,?\s(?:through|until|till)|\bfrom\b[^.;,]{0,30}\b(?:through|until|till))\s(?:the end of |early |late |mid-?)?(?:\w+ )?$",
    )
});

/// The dates of a text, in order.
#[must_use]
pub fn dates(text: &str) -> Vec<Dated> {
    DATE.captures_iter(text)
        .filter_map(|found| {
            let whole = found.get(0)?;
            let (before, behind) = (&text[..whole.start()], &text[whole.end()..]);
            let number = |name: &str| {
                found
                    .name(name)
                    .and_then(|found| found.as_str().parse::<u16>().ok())
            };
            let small = |name: &str, most: u8| {
                let number = found.name(name)?.as_str().parse::<u8>().ok()?;
                (1..=most).contains(&number).then_some(number)
            };
            let date = if let Some(year) = number("fy") {
                Date::year(if year < 100 {
                    year + if year > 60 { 1900 } else { 2000 }
                } else {
                    year
                })
            } else if let Some(year) = number("my") {
                Date {
                    year,
                    month: found.name("month").and_then(|name| month(name.as_str())),
                    day: small("day", 31),
                }
            } else if let Some(year) = number("iy") {
                // "2016-17" is a season, not a month.
                Date {
                    year,
                    month: small("im", 12),
                    day: small("im", 12).and_then(|_| small("id", 31)),
                }
            } else if let Some(year) = number("sy") {
                Date {
                    year,
                    month: Some(small("sm", 12)?),
                    day: small("sd", 31),
                }
            } else {
                let before = floor(before, 24);
                if NOT_YEAR_BEFORE.is_match(before) || NOT_YEAR_BEHIND.is_match(behind) {
                    return None;
                }
                Date::year(number("year")?)
            };
            let before = floor(before, 60);
            Some(Dated {
                span: Span::new(whole.start(), whole.end()),
                date,
                background: BACKGROUND_BEFORE.is_match(before)
                    || BACKGROUND_BEHIND.is_match(behind),
                ahead: AHEAD_BEFORE.is_match(before) && !RANGE_BEFORE.is_match(before)
                    || WISHED_BEFORE.is_match(floor(&text[..whole.start()], 120)),
            })
        })
        .collect()
}

/// The latest date of a text that does not lie ahead of its writer.
#[must_use]
pub fn latest(text: &str) -> Option<Date> {
    dates(text)
        .into_iter()
        .filter(|dated| !dated.ahead)
        .map(|dated| dated.date)
        .max_by_key(|date| date.latest())
}

/// At most the last `n` bytes of a text.
fn floor(text: &str, n: usize) -> &str {
    let mut from = text.len().saturating_sub(n);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

fn month(name: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = name.get(..3)?.to_ascii_lowercase();
    let place = NAMES.iter().position(|known| *known == name)?;
    u8::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        dates(text)
            .into_iter()
            .map(|dated| dated.date.to_string())
            .collect()
    }

    #[test]
    fn dates_as_people_write_them() {
        assert_eq!(
            found(
                "In March 2016, from FY22 on, on January 9, 2022 (06/2019), by 2021-05-02, in fiscal year 2017."
            ),
            [
                "2016-03",
                "2022",
                "2022-01-09",
                "2019-06",
                "2021-05-02",
                "2017"
            ]
        );
    }

    #[test]
    fn numbers_that_are_no_years() {
        assert_eq!(
            found(
                "2000 employees, $2015, GS-2010, Form 1999, about 1990 of them, 2,010 trucks, 2020 square feet, 19 2000.5"
            ),
            [""; 0]
        );
    }

    #[test]
    fn what_lies_ahead_is_not_the_latest() {
        let text =
            "It ran from 2015 through 2019, and was renewed through 2028. It closed in May 2021.";
        assert_eq!(
            latest(text).map(|date| date.to_string()).as_deref(),
            Some("2021-05")
        );
        assert_eq!(latest("no date"), None);
    }

    #[test]
    fn ages_are_read_to_the_writer_s_favor() {
        let as_of: Date = "2024".parse().unwrap();
        assert!(Date::year(2013).is_older_than(10.0, as_of));
        assert!(!Date::year(2014).is_older_than(10.0, as_of));
        let march: Date = "2014-03".parse().unwrap();
        assert!(march.is_older_than(10.0, "2024-04-01".parse().unwrap()));
        assert!(!march.is_older_than(10.0, "2024-03-31".parse().unwrap()));
    }

    #[test]
    fn days_are_typed_as_digits() {
        for bad in [
            "",
            "24",
            "2024-13",
            "2024-1-1-1",
            "2024-00",
            "+2024",
            "March 2024",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }
}
