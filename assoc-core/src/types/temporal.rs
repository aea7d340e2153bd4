//! Dates and times of `chrono` and `time`. Times are cut to the microseconds that PostgreSQL keeps, so that what
//! was sent is what comes back.

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

#[cfg(feature = "chrono")]
mod with_chrono {
    use super::*;
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SubsecRound, Utc};

    scalar!(NaiveDate, ChronoDate, ChronoDate, |input| input.as_str()?.parse().ok());
    scalar!(
        NaiveTime,
        ChronoTime,
        ChronoTime,
        |input| {
            let text = input.as_str()?;
            text.parse().or_else(|_| NaiveTime::parse_from_str(text, "%H:%M")).ok()
        },
        None,
        |value| value.trunc_subsecs(6)
    );
    scalar!(
        NaiveDateTime,
        ChronoDateTime,
        ChronoDateTime,
        |input| naive(input.as_str()?),
        Some(Self::now()),
        |value| { value.trunc_subsecs(6) }
    );
    scalar!(
        DateTime<Utc>,
        ChronoUtc,
        ChronoDateTimeUtc,
        |input| {
            let text = input.as_str()?;
            DateTime::parse_from_rfc3339(text)
                .map(|value| value.to_utc())
                .ok()
                .or_else(|| naive(text).map(|value| value.and_utc()))
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
        Date, OffsetDateTime, PrimitiveDateTime, Time,
        format_description::{BorrowedFormatItem, well_known::Rfc3339},
        macros::format_description,
    };

    const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
    const TIME: &[BorrowedFormatItem<'_>] =
        format_description!("[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]");
    const DATE_TIME: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]");

    scalar!(Date, TimeDate, TimeDate, |input| Date::parse(input.as_str()?, DATE).ok());
    scalar!(Time, TimeTime, TimeTime, |input| Time::parse(input.as_str()?, TIME).ok(), None, |value| {
        value.replace_microsecond(value.microsecond()).unwrap_or(value)
    });
    scalar!(
        PrimitiveDateTime,
        TimeDateTime,
        TimeDateTime,
        |input| primitive(input.as_str()?),
        Some(Self::now()),
        |value| { value.replace_microsecond(value.microsecond()).unwrap_or(value) }
    );
    scalar!(
        OffsetDateTime,
        TimeOffset,
        TimeDateTimeWithTimeZone,
        |input| {
            let text = input.as_str()?;
            OffsetDateTime::parse(text, &Rfc3339).ok().or_else(|| primitive(text).map(PrimitiveDateTime::assume_utc))
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
