//! The plot: how many times as long as the best hand-written code everybody takes, on a logarithmic scale.
//!
//! Colours are of a middle lightness and the ground is left open, so that it can be read on white and on black.

use std::fmt::Write as _;

use super::labels;
use crate::{contenders::Who, results::Results, world::Link};

/// A row of panels, one for each link.
struct Group {
    title: &'static str,
    /// What stands at the bottom, and where its numbers are: workload and size.
    points: &'static [(&'static str, &'static str, usize)],
}

macro_rules! by_size {
    ($title:literal, $workload:literal) => {
        Group {
            title: $title,
            points: &[
                ("10", $workload, 10),
                ("100", $workload, 100),
                ("1,000", $workload, 1000),
                ("10,000", $workload, 10_000),
                ("100,000", $workload, 100_000),
            ],
        }
    };
}

const GROUPS: [Group; 6] = [
    by_size!("Save a diff of N children", "diff"),
    by_size!("Insert a post with N children", "insert"),
    by_size!("Insert N/10 posts with 10 children each", "insert-trees"),
    by_size!("Load a post with N children", "preload"),
    by_size!("Load N/10 posts, 10 children each, their authors", "preload-trees"),
    Group {
        title: "One row at a time; many rows",
        points: &[
            ("insert one", "insert-one", 1),
            ("get one", "get", 1),
            ("update one", "update-one", 1),
            ("10,000 rows", "rows", 10_000),
        ],
    },
];

const WIDTH: f64 = 1080.0;
const TOP: f64 = 58.0;
const PANEL: (f64, f64) = (330.0, 150.0);
const ROW: f64 = 222.0;
const LEFT: [f64; 2] = [46.0, 586.0];
const TEXT: &str = "#7d8590";

pub fn draw(results: &Results) -> String {
    let height = TOP + ROW * GROUPS.len() as f64;
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' \
         font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' font-size='12' fill='{TEXT}'>\n\
         <title>Time as a multiple of the best hand-written SQL, lower is better</title>\n"
    );
    text(
        &mut svg,
        LEFT[0],
        20.0,
        "font-size='15' font-weight='600'",
        "Time as a multiple of the best hand-written SQL (1×), lower is better",
    );
    for (left, link) in LEFT.into_iter().zip(["server on the same machine", "server 1 ms away"]) {
        text(&mut svg, left, 42.0, "font-size='13'", link);
    }
    for (at, group) in GROUPS.iter().enumerate() {
        let top = TOP + 18.0 + ROW * at as f64;
        let series = Link::BOTH.map(|link| series(results, group, link));
        let highest = series.iter().flatten().flat_map(|line| &line.points).map(|point| point.1).fold(2.0, f64::max);
        let lowest = series.iter().flatten().flat_map(|line| &line.points).map(|point| point.1).fold(0.9, f64::min);
        let scale = Scale { lowest: lowest * 0.93, highest: highest * 1.1 };
        for (left, lines) in LEFT.into_iter().zip(series) {
            panel(&mut svg, (left, top), group, &scale, &lines);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The ratios of a contender, each with the place of its point.
struct Line {
    who: Who,
    points: Vec<(usize, f64)>,
}

fn series(results: &Results, group: &Group, link: Link) -> Vec<Line> {
    let line = |who: Who| {
        let ratio = |&(_, workload, size): &(_, &str, usize)| results.cell(workload, size, link)?.ratio(who.name());
        let points = group.points.iter().map(ratio).enumerate().filter_map(|(at, ratio)| Some((at, ratio?)));
        Line { who, points: points.collect() }
    };
    let lines = Who::ALL.into_iter().filter(|&who| who != Who::ByHand).map(line);
    lines.filter(|line| !line.points.is_empty()).collect()
}

/// From ratios to heights, logarithmic.
struct Scale {
    lowest: f64,
    highest: f64,
}

impl Scale {
    fn y(&self, ratio: f64) -> f64 {
        PANEL.1 * (1.0 - (ratio / self.lowest).ln() / (self.highest / self.lowest).ln())
    }

    /// Round numbers, no more than fit.
    fn ticks(&self) -> Vec<f64> {
        let decades = [1.0, 10.0, 100.0, 1000.0, 10_000.0];
        let steps: &[f64] = match self.highest / self.lowest {
            ..30.0 => &[1.0, 1.5, 2.0, 3.0, 5.0],
            ..200.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let all = decades.iter().flat_map(|decade| steps.iter().map(move |step| decade * step));
        let fitting: Vec<f64> = all.filter(|tick| (self.lowest..=self.highest).contains(tick)).collect();
        let crowded = |tick: &f64| *tick == 1.5 && self.highest / self.lowest > 8.0;
        fitting.into_iter().filter(|tick| !crowded(tick)).collect()
    }
}

fn panel(svg: &mut String, (left, top): (f64, f64), group: &Group, scale: &Scale, lines: &[Line]) {
    let _ = writeln!(svg, "<g transform='translate({left} {top})'>");
    text(svg, 0.0, -9.0, "font-weight='600'", group.title);
    for tick in scale.ticks() {
        let (y, strong) = (scale.y(tick), tick == 1.0);
        let style = if strong { "stroke-width='1.5' stroke-opacity='.9'" } else { "stroke-opacity='.25'" };
        let _ = writeln!(svg, "<line x1='0' x2='{}' y1='{y:.1}' y2='{y:.1}' stroke='{TEXT}' {style}/>", PANEL.0);
        text(svg, -6.0, y + 4.0, "text-anchor='end' font-size='11'", &format!("{tick}×"));
    }
    let step = PANEL.0 / group.points.len() as f64;
    let x = |at: usize| step * (at as f64 + 0.5);
    for (at, (label, ..)) in group.points.iter().enumerate() {
        text(svg, x(at), PANEL.1 + 17.0, "text-anchor='middle' font-size='11'", label);
    }
    // assoc comes last, and so lies on top.
    for line in lines.iter().rev() {
        let colour = colour(line.who);
        let path: Vec<String> =
            line.points.iter().map(|&(at, ratio)| format!("{:.1},{:.1}", x(at), scale.y(ratio))).collect();
        let style = style(line.who);
        let _ = writeln!(svg, "<polyline points='{}' fill='none' stroke='{colour}' {style}/>", path.join(" "));
        for &(at, ratio) in &line.points {
            let (x, y) = (x(at), scale.y(ratio));
            let _ = writeln!(svg, "<circle cx='{x:.1}' cy='{y:.1}' r='{}' fill='{colour}'/>", radius(line.who));
        }
    }
    let ends: Vec<(f64, f64)> =
        lines.iter().filter_map(|line| line.points.last()).map(|&(at, ratio)| (x(at), scale.y(ratio))).collect();
    let heights: Vec<f64> = ends.iter().map(|end| end.1).collect();
    for ((line, (end, y)), label) in lines.iter().zip(&ends).zip(labels::spread(&heights, 14.0, PANEL.1 + 10.0)) {
        let colour = colour(line.who);
        let _ = writeln!(
            svg,
            "<polyline points='{:.1},{y:.1} {:.1},{label:.1} {:.1},{label:.1}' fill='none' stroke='{colour}' stroke-width='.7' stroke-opacity='.55'/>",
            end + 5.0,
            PANEL.0 + 2.0,
            PANEL.0 + 8.0,
        );
        let weight = if line.who == Who::Assoc { " font-weight='700'" } else { "" };
        let (_, ratio) = line.points.last().copied().unwrap_or_default();
        let name = format!("{} {}", line.who.name(), super::table::ratio(ratio));
        text(svg, PANEL.0 + 11.0, label + 4.0, &format!("fill='{colour}'{weight}"), &name);
    }
    svg.push_str("</g>\n");
}

fn text(svg: &mut String, x: f64, y: f64, style: &str, words: &str) {
    let _ = writeln!(svg, "<text x='{x:.1}' y='{y:.1}' {style}>{words}</text>");
}

/// A library has one colour everywhere; its variant is dashed.
fn colour(who: Who) -> &'static str {
    match who {
        Who::ByHand => TEXT,
        Who::Assoc | Who::AssocTuned => "#e8590c",
        Who::ThreeStatements => "#868e96",
        Who::RowByRow => "#845ef7",
        Who::Diesel | Who::DieselUpsert => "#228be6",
        Who::SeaOrm | Who::SeaOrmBulk => "#0ca678",
        Who::Toasty => "#e64980",
    }
}

fn style(who: Who) -> &'static str {
    match who {
        Who::Assoc => "stroke-width='3'",
        Who::AssocTuned | Who::ThreeStatements | Who::DieselUpsert | Who::SeaOrmBulk => {
            "stroke-width='1.5' stroke-dasharray='4 3'"
        }
        _ => "stroke-width='1.5'",
    }
}

fn radius(who: Who) -> f64 {
    if who == Who::Assoc { 4.0 } else { 2.6 }
}
