//! The time in which an edition was in force.

use std::fmt;

/// A day as (year, month, day), so that days compare as the calendar orders them.
pub type Date = (u16, u8, u8);

/// A stretch of days, both ends included; an absent end is open.
///
/// Prints the months, since that is what sources agree on: `September 1997 to September 2006`,
/// `since October 2025`, `until June 2024`, or `at no stated time` when both ends are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct InForce {
    from: Option<Date>,
    to: Option<Date>,
}

impl InForce {
    /// Both ends as the file states them. The caller has checked that they are in order.
    pub(super) fn new(from: Option<Date>, to: Option<Date>) -> Self {
        Self { from, to }
    }

    /// First day, if stated.
    #[must_use]
    pub fn from(self) -> Option<Date> {
        self.from
    }

    /// Last day, if stated.
    #[must_use]
    pub fn to(self) -> Option<Date> {
        self.to
    }

    /// Whether `date` lies in the stretch. With both ends open the time is unknown, so no day does.
    #[must_use]
    pub fn contains(self, date: Date) -> bool {
        (self.from.is_some() || self.to.is_some())
            && self.from.is_none_or(|from| from <= date)
            && self.to.is_none_or(|to| date <= to)
    }
}

impl fmt::Display for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.to) {
            (Some(from), Some(to)) => write!(f, "{} to {}", Month(from), Month(to)),
            (Some(from), None) => write!(f, "since {}", Month(from)),
            (None, Some(to)) => write!(f, "until {}", Month(to)),
            (None, None) => f.write_str("at no stated time"),
        }
    }
}

/// A day that prints as its month and year.
struct Month(Date);

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        let (year, month, _) = self.0;
        match usize::from(month)
            .checked_sub(1)
            .and_then(|idx| NAMES.get(idx))
        {
            Some(name) => write!(f, "{name} {year}"),
            None => write!(f, "{year}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_belong_to_the_stretch() {
        let stretch = InForce::new(Some((1997, 9, 1)), Some((2006, 9, 30)));
        assert!(!stretch.contains((1997, 8, 31)));
        assert!(stretch.contains((1997, 9, 1)));
        assert!(stretch.contains((2006, 9, 30)));
        assert!(!stretch.contains((2006, 10, 1)));
        assert_eq!(stretch.to_string(), "September 1997 to September 2006");
    }

    #[test]
    fn an_absent_end_is_open() {
        let since = InForce::new(Some((2025, 10, 1)), None);
        assert!(!since.contains((2025, 9, 30)));
        assert!(since.contains((9999, 12, 31)));
        assert_eq!(since.to_string(), "since October 2025");
        let until = InForce::new(None, Some((2024, 6, 30)));
        assert!(until.contains((1, 1, 1)));
        assert!(!until.contains((2024, 7, 1)));
        assert_eq!(until.to_string(), "until June 2024");
    }

    #[test]
    fn a_codebook_without_dates_is_never_chosen_by_date() {
        let unstated = InForce::default();
        assert!(!unstated.contains((2020, 1, 1)));
        assert_eq!(unstated.to_string(), "at no stated time");
    }
}
