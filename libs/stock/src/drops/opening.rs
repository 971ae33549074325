//! When a drop is open, and to whom.

use chrono::{DateTime, TimeDelta, Utc};

/// How long before everyone those of a level may buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lead {
    /// From this level on.
    pub level: i16,
    /// So many minutes earlier.
    pub minutes: i32,
}

/// When a drop takes place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// When it opens to everyone.
    pub opens_at: DateTime<Utc>,
    /// When it is over; `None`: when it is sold out.
    pub ends_at: Option<DateTime<Utc>>,
    /// Who may come earlier.
    pub leads: Vec<Lead>,
}

/// Whether somebody may buy now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Not yet: from then on.
    OpensAt(DateTime<Utc>),
    /// Yes.
    Open,
    /// Not any more.
    Over,
}

impl Opening {
    /// When it opens to somebody of a level: by the longest lead of their level and those below.
    pub fn opens_for(&self, level: i16) -> DateTime<Utc> {
        let lead = self.leads.iter().filter(|lead| lead.level <= level).map(|lead| lead.minutes).max();
        self.opens_at - TimeDelta::minutes(i64::from(lead.unwrap_or(0)))
    }

    /// Whether somebody of a level may buy at a moment. The moment it opens at is open, the moment it ends at is over.
    pub fn door(&self, level: i16, now: DateTime<Utc>) -> Door {
        let opens_at = self.opens_for(level);
        if self.ends_at.is_some_and(|ends_at| now >= ends_at) {
            Door::Over
        } else if now < opens_at {
            Door::OpensAt(opens_at)
        } else {
            Door::Open
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use proptest::prelude::*;

    use super::*;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap()
    }

    #[test]
    fn a_level_opens_the_door_earlier_and_nobody_enters_when_it_is_over() {
        let leads = vec![Lead { level: 2, minutes: 60 }, Lead { level: 5, minutes: 1_440 }];
        let drop = Opening { opens_at: noon(), ends_at: Some(noon() + TimeDelta::hours(1)), leads };
        assert_eq!(drop.door(0, noon() - TimeDelta::seconds(1)), Door::OpensAt(noon()));
        assert_eq!(drop.door(0, noon()), Door::Open);
        assert_eq!(drop.door(3, noon() - TimeDelta::minutes(60)), Door::Open);
        assert_eq!(drop.door(9, noon() - TimeDelta::days(1)), Door::Open);
        assert_eq!(drop.door(9, noon() + TimeDelta::hours(1)), Door::Over);
    }

    proptest! {
        #[test]
        fn who_stands_higher_never_waits_longer(
            leads in prop::collection::vec((1..20_i16, 1..100_000_i32).prop_map(|(level, minutes)| Lead { level, minutes }), 0..8),
            level in 0..20_i16,
        ) {
            let drop = Opening { opens_at: noon(), ends_at: None, leads };
            prop_assert!(drop.opens_for(level + 1) <= drop.opens_for(level));
            prop_assert!(drop.opens_for(level) <= drop.opens_at);
        }
    }
}
