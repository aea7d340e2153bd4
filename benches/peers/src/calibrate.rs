//! Whether the proxy does what it says.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use crate::{
    contender::Result,
    proxy::Proxy,
    world::{Link, World},
};

/// What a round trip takes longer through the proxy.
pub const DELAY: Duration = Duration::from_millis(1);

/// The median times of `SELECT 1` on both links, in microseconds. A proxy that adds less than its delay to a round trip, or
/// that delays the pieces of a large result one by one (80 of them), is an error.
pub async fn calibrate(world: &World, proxy: &Proxy) -> Result<(f64, f64)> {
    let (mut small, mut large) = ([0.0; 2], [0.0; 2]);
    for (at, link) in Link::BOTH.into_iter().enumerate() {
        let mut connection = PgConnection::connect(&world.address(link, proxy)?.url()).await?;
        small[at] = median(&mut connection, "SELECT 1", 201).await?;
        large[at] = median(&mut connection, "SELECT repeat('x', 1000) FROM generate_series(1, 5000)", 11).await?;
    }
    let (small, large) = ((small[0], small[1]), large[1] - large[0]);
    println!(
        "SELECT 1: {:.0} µs, through the proxy {:.0} µs; 5 MB of rows take {large:.0} µs more there",
        small.0, small.1
    );
    let delay = DELAY.as_micros() as f64;
    if small.1 - small.0 < delay || large > delay * 40.0 {
        return Err("the proxy does not add a millisecond to a round trip, or is in the way of large results".into());
    }
    Ok(small)
}

async fn median(connection: &mut PgConnection, sql: &'static str, times: usize) -> Result<f64> {
    let mut seen = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        sqlx::query(sql).fetch_all(&mut *connection).await?;
        seen.push(start.elapsed().as_secs_f64() * 1e6);
    }
    seen.sort_by(f64::total_cmp);
    Ok(seen[times / 2])
}
