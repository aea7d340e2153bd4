//! The table that most people want.

use std::fmt::Write as _;

use super::table::{ratio, time};
use crate::{
    contenders::Who,
    results::{Cell, Results},
    workloads::ABOUT,
    world::Link,
};

const WHO: [Who; 8] = [
    Who::Assoc,
    Who::AssocTuned,
    Who::RowByRow,
    Who::Diesel,
    Who::DieselUpsert,
    Who::SeaOrm,
    Who::SeaOrmBulk,
    Who::Toasty,
];

pub fn table(run: &Results) -> String {
    let mut text = "## At a glance\n\n\
        How many times as long as the best by hand, on loopback / with a round trip of 1 ms. N is 1,000, 10 in a transaction, and 10,000 \
        for the last row.\n\n| | by hand |"
        .to_owned();
    for who in WHO {
        let _ = write!(text, " {} |", who.name());
    }
    let _ = writeln!(text, "\n|---|---|{}", "---|".repeat(WHO.len()));
    for about in &ABOUT {
        let cells = Link::BOTH.map(|link| run.cell(about.name, about.size, link));
        let by_hand = both(&cells, |cell| cell.measured(Who::ByHand.name()).map(|measured| time(measured.median)));
        let _ = write!(text, "| {} | {by_hand} |", about.title);
        for who in WHO {
            let found = both(&cells, |cell| cell.ratio(who.name()).map(ratio));
            let strong = if who == Who::Assoc && !found.is_empty() { "**" } else { "" };
            let _ = write!(text, " {strong}{found}{strong} |");
        }
        text.push('\n');
    }
    text.push_str(
        "\nEcto 3.14 is not part of this run. Measured beforehand on such a machine, on loopback: diff of 1,000 children 24 ms, \
         insert of 1 + 1,000 rows 88 ms, preload of 1 + 1,000 1.1 ms, trees with authors 2.4 ms, insert / get / update one \
         0.3 / 0.1 / 0.35 ms.\n",
    );
    text
}

/// What both links have to say.
fn both(cells: &[Option<&Cell>; 2], say: impl Fn(&Cell) -> Option<String>) -> String {
    let [near, far] = cells.map(|cell| cell.and_then(&say));
    match (near, far) {
        (None, None) => String::new(),
        (near, far) => format!("{} / {}", near.unwrap_or("–".to_owned()), far.unwrap_or("–".to_owned())),
    }
}
