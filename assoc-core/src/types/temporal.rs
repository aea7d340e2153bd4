//! Dates and times of `chrono` and `time`. Times are cut to the microseconds that PostgreSQL keeps, so that what
//! was sent is what comes back.

use std::borrow::Cow;

use super::{CastError, ColumnType, Type, TypeError, scalar::scalar};
use crate::params::Params;
use sea_query::Value;

/// A type that `#[timestamps]` can fill: the present time, cut to the microseconds that databases keep.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a timestamp",
    note = "use `DateTime<Utc>` or `NaiveDateTime` of chrono, `OffsetDateTime` or `PrimitiveDateTime` of time"
)]
pub trait Timestamp: ColumnType {
    /// The present time.
    fn now() -> Self;
}

impl<T: Timestamp> Timestamp for Option<T> {
    fn now() -> Self {
        Some(T::now())
    }
}

/// The text of a date or time: as it came, or put together from the parts that forms send, `{"year": "2026", …}`.
fn from_parts<'p>(input: &'p Params, text: fn(&Params) -> Option<String>) -> Option<Cow<'p, str>> {
    match input {
        Params::Text(whole) => Some(Cow::Borrowed(whole)),
        Params::Map(_) => text(input).map(Cow::Owned),
        _ => None,
    }
}

fn date_text(parts: &Params) -> Option<String> {
    Some(format!("{:04}-{:02}-{:02}", part(parts, "year")?, part(parts, "month")?, part(parts, "day")?))
}

fn time_text(parts: &Params) -> Option<String> {
    let second = if parts.get("second").is_some() { part(parts, "second")? } else { 0 };
    Some(format!("{:02}:{:02}:{second:02}", part(parts, "hour")?, part(parts, "minute")?))
}

fn date_time_text(parts: &Params) -> Option<String> {
    Some(format!("{}T{}", date_text(parts)?, time_text(parts)?))
}

fn part(parts: &Params, name: &str) -> Option<u16> {
    i32::cast(parts.get(name)?).ok()?.try_into().ok()
}

#[cfg(feature = "chrono")]
mod with_chrono {
    use super::*;
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};

    scalar!(NaiveDate, ChronoDate, ChronoDate, |input| from_parts(input, date_text)?.parse().ok());
    scalar!(
        NaiveTime,
        ChronoTime,
        ChronoTime,
        |input| {
            let text = from_parts(input, time_text)?;
            text.parse().or_else(|_| NaiveTime::parse_from_str(&text, "%H:%M")).ok()
        },
        None,
        |value| value.trunc_subsecs(6)
    );
    scalar!(
        NaiveDateTime,
        ChronoDateTime,
        ChronoDateTime,
        |input| naive(&from_parts(input, date_time_text)?),
        Some(Self::now()),
        |value| { value.trunc_subsecs(6) }
    );
    scalar!(
        DateTime<Utc>,
        ChronoUtc,
        ChronoDateTimeUtc,
        |input| {
            let text = from_parts(input, date_time_text)?;
            DateTime::parse_from_rfc3339(&text)
                .map(|value| value.to_utc())
                .ok()
                .or_else(|| naive(&text).map(|value| value.and_utc()))
        },
        Some(Self::now()),
        |value| value.trunc_subsecs(6)
    );

    /// `2026-01-31T12:00:00`, with a space for the `T`, with or without seconds, as forms send it.
    fn naive(text: &str) -> Option<NaiveDateTime> {
        let text = text.replacen(' ', "T", 1);
        let text = text.strip_suffix('Z').unwrap_or(&text);
        text.parse().or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")).ok()
    }

    impl Timestamp for DateTime<Utc> {
        fn now() -> Self {
            Utc::now().trunc_subsecs(6)
        }
    }

    impl Timestamp for NaiveDateTime {
        fn now() -> Self {
            <DateTime<Utc> as Timestamp>::now().naive_utc()
        }
    }
}

#[cfg(feature = "time")]
mod with_time {
    use super::*;
    use time::{
        Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
        format_description::{BorrowedFormatItem, well_known::Rfc3339},
        macros::format_description,
    };

    const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
    const TIME: &[BorrowedFormatItem<'_>] =
        format_description!("[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]");
    const DATE_TIME: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]");

    scalar!(Date, TimeDate, TimeDate, |input| Date::parse(&from_parts(input, date_text)?, DATE).ok());
    scalar!(Time, TimeTime, TimeTime, |input| Time::parse(&from_parts(input, time_text)?, TIME).ok(), None, |value| {
        value.replace_microsecond(value.microsecond()).unwrap_or(value)
    });
    scalar!(
        PrimitiveDateTime,
        TimeDateTime,
        TimeDateTime,
        |input| primitive(&from_parts(input, date_time_text)?),
        Some(Self::now()),
        |value| { value.replace_microsecond(value.microsecond()).unwrap_or(value) }
    );
    scalar!(
        OffsetDateTime,
        TimeOffset,
        TimeDateTimeWithTimeZone,
        |input| {
            let text = from_parts(input, date_time_text)?;
            let zoned = OffsetDateTime::parse(&text, &Rfc3339).ok();
            // In UTC, the last hours of the year 9999 can be in a year that the type does not have.
            zoned
                .or_else(|| primitive(&text).map(PrimitiveDateTime::assume_utc))
                .and_then(|value| value.checked_to_offset(UtcOffset::UTC))
        },
        Some(Self::now()),
        |value| value.replace_microsecond(value.microsecond()).unwrap_or(value)
    );

    fn primitive(text: &str) -> Option<PrimitiveDateTime> {
        let text = text.replacen(' ', "T", 1);
        PrimitiveDateTime::parse(text.strip_suffix('Z').unwrap_or(&text), DATE_TIME).ok()
    }

    impl Timestamp for OffsetDateTime {
        fn now() -> Self {
            let now = OffsetDateTime::now_utc();
            now.replace_microsecond(now.microsecond()).unwrap_or(now)
        }
    }

    impl Timestamp for PrimitiveDateTime {
        fn now() -> Self {
            let now = <OffsetDateTime as Timestamp>::now();
            PrimitiveDateTime::new(now.date(), now.time())
        }
    }
}

#[cfg(all(test, feature = "time"))]
mod tests {
    use super::*;
    use time::{OffsetDateTime, macros::datetime};

    #[test]
    fn a_moment_is_read_in_utc_if_it_has_a_year_there() {
        let cast = |text: &str| OffsetDateTime::cast(&Params::Text(text.into())).ok();
        assert_eq!(cast("9999-12-31T23:59:59+01:00"), Some(datetime!(9999-12-31 22:59:59 UTC)));
        assert_eq!(cast("9999-12-31T23:59:59-01:00"), None);
    }
}
