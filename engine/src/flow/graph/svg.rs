//! The drawing as SVG 1.1: boxes by kind, lines with their names, nothing that needs a script or a font.

use std::fmt::Write as _;

use engine_core::conversation::chart::{BoxKind, Chart, ChartBox};

use super::layout::{BOX_WIDTH, LABEL_HEIGHT, Layout, Place};

pub(super) fn draw(chart: &Chart, layout: &Layout) -> String {
    let mut svg = String::new();
    let kinds: Vec<_> = KINDS.iter().filter(|kind| has(chart, kind.0)).collect();
    let heading = 48.0 + 11.0 * float(chart.title.chars().count());
    let legend_width = 24.0 + LEGEND_STEP * float(kinds.len());
    let width = layout.width.max(heading).max(legend_width);
    let height = layout.height;
    // Writing to a string does not fail, here and below.
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\">"
    );
    svg.push_str(HEAD);
    let _ = writeln!(
        svg,
        "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"24\" y=\"30\" font-size=\"18\" \
         font-weight=\"bold\">{}</text>",
        escaped(&chart.title)
    );
    legend(&mut svg, &kinds);
    for (link, way) in chart.links.iter().zip(&layout.ways) {
        let upward = way
            .first()
            .zip(way.last())
            .is_some_and(|(from, to)| to.1 < from.1);
        line(&mut svg, way, upward, link.from == link.to);
    }
    for (shown, place) in chart.boxes.iter().zip(&layout.places) {
        draw_box(&mut svg, shown, place);
    }
    labels(&mut svg, chart, layout);
    svg.push_str("</svg>\n");
    svg
}

/// The names of the ways, each on a line of its own under the box it leaves, where its way passes.
fn labels(svg: &mut String, chart: &Chart, layout: &Layout) {
    for from in 0..chart.boxes.len() {
        let mut own: Vec<(&[(f64, f64)], &str)> = chart
            .links
            .iter()
            .zip(&layout.ways)
            .filter(|(link, way)| link.from == from && !link.label.is_empty() && way.len() > 1)
            .map(|(link, way)| (way.as_slice(), link.label.as_str()))
            .collect();
        // The rightmost first: its name ends where no other line runs.
        own.sort_by(|left, right| start(right.0).0.total_cmp(&start(left.0).0));
        let (mut below, mut above) = (0.0, 0.0);
        for (way, label) in own {
            let (first, second) = (start(way), way.get(1).copied().unwrap_or_default());
            let y = if second.1 < first.1 {
                above += LABEL_HEIGHT;
                first.1 - above + LABEL_HEIGHT / 2.0
            } else {
                below += LABEL_HEIGHT;
                first.1 + below
            };
            let _ = writeln!(
                svg,
                "<text class=\"way\" x=\"{:.0}\" y=\"{y:.0}\">{}</text>",
                passes(first, second, y) + 3.0,
                escaped(&cut(label, LABEL_MAX))
            );
        }
    }
}

fn start(way: &[(f64, f64)]) -> (f64, f64) {
    way.first().copied().unwrap_or_default()
}

/// Where the curve between two corners has this height.
fn passes(from: (f64, f64), to: (f64, f64), y: f64) -> f64 {
    let middle = f64::midpoint(from.1, to.1);
    let at = |t: f64, ends: [f64; 4]| {
        let s = 1.0 - t;
        let [a, b, c, d] = ends;
        s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..16 {
        let t = f64::midpoint(low, high);
        let before = (at(t, [from.1, middle, middle, to.1]) < y) == (from.1 < to.1);
        if before { low = t } else { high = t }
    }
    at(low, [from.0, from.0, to.0, to.0])
}

fn line(svg: &mut String, way: &[(f64, f64)], upward: bool, around: bool) {
    let Some((first, rest)) = way.split_first() else {
        return;
    };
    let mut path = format!("M{:.0} {:.0}", first.0, first.1);
    let mut from = *first;
    for to in rest {
        if around || (from.0 - to.0).abs() < 0.5 {
            let _ = write!(path, " L{:.0} {:.0}", to.0, to.1);
        } else {
            let middle = f64::midpoint(from.1, to.1);
            let _ = write!(
                path,
                " C{:.0} {middle:.0} {:.0} {middle:.0} {:.0} {:.0}",
                from.0, to.0, to.0, to.1
            );
        }
        from = *to;
    }
    let class = if upward { "back" } else { "on" };
    let _ = writeln!(
        svg,
        "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#tip)\"/>"
    );
}

fn draw_box(svg: &mut String, shown: &ChartBox, place: &Place) {
    let (fill, edge, round) = style(shown.kind);
    if shown.kind == BoxKind::Elsewhere {
        return draw_elsewhere(svg, shown, place);
    }
    let _ = writeln!(
        svg,
        "<rect id=\"{}\" x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"{round}\" \
         fill=\"{fill}\" stroke=\"{edge}\"/>",
        escaped(&shown.name),
        place.x,
        place.y,
        place.width,
        place.height
    );
    let mut y = place.y + 16.0;
    let x = place.x + 10.0;
    let mut put = |y: f64, class: &str, text: &str| {
        let text = escaped(text);
        let _ = writeln!(
            svg,
            "<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{text}</text>"
        );
    };
    put(y, "name", &shown.name);
    y += 14.0;
    put(y, "does", &cut(&shown.does, LINE_MAX));
    for words in wrapped(&shown.says) {
        y += TEXT_HEIGHT;
        put(y, "says", &words);
    }
    for words in shown.notes.iter().flat_map(|note| wrapped(note)) {
        y += TEXT_HEIGHT;
        put(y, "does", &words);
    }
}

/// A link to the box that it stands for.
fn draw_elsewhere(svg: &mut String, shown: &ChartBox, place: &Place) {
    let (fill, edge, round) = style(shown.kind);
    let name = escaped(&shown.name);
    let _ = writeln!(
        svg,
        "<a href=\"#{name}\"><rect x=\"{:.0}\" y=\"{:.0}\" width=\"{:.0}\" height=\"{:.0}\" rx=\"{round}\" \
         fill=\"{fill}\" stroke=\"{edge}\" stroke-dasharray=\"3 2\"/><text class=\"does\" text-anchor=\"middle\" \
         x=\"{:.0}\" y=\"{:.0}\">\u{2192} {name}</text></a>",
        place.x,
        place.y,
        place.width,
        place.height,
        place.x + place.width / 2.0,
        place.y + 14.0
    );
}

fn has(chart: &Chart, kind: BoxKind) -> bool {
    chart.boxes.iter().any(|shown| shown.kind == kind)
}

/// What the boxes of this drawing are.
fn legend(svg: &mut String, kinds: &[&(BoxKind, &str)]) {
    let mut x = 24.0;
    for (kind, name) in kinds {
        let (fill, edge, round) = style(*kind);
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.0}\" y=\"42\" width=\"14\" height=\"12\" rx=\"{}\" fill=\"{fill}\" stroke=\"{edge}\"/>\
             <text x=\"{:.0}\" y=\"52\" font-size=\"11\">{name}</text>",
            round / 2,
            x + 18.0
        );
        x += LEGEND_STEP;
    }
}

/// Its fill, its edge, and how round its corners are.
const fn style(kind: BoxKind) -> (&'static str, &'static str, u32) {
    match kind {
        BoxKind::Says => ("#eef4ff", "#5b7fbf", 6),
        BoxKind::Asks => ("#fff6dc", "#c09a2b", 6),
        BoxKind::Shop => ("#e8f6ec", "#4b9c63", 0),
        BoxKind::Decides => ("#f4f4f4", "#8a8a8a", 0),
        BoxKind::Confirms => ("#ffe9d6", "#d07a2d", 6),
        BoxKind::Commits => ("#ffdada", "#c24444", 0),
        BoxKind::Person => ("#f3e8fb", "#8d5bb0", 6),
        BoxKind::Flow => ("#e3f5f8", "#3f93a5", 6),
        BoxKind::Ends => ("#dddddd", "#555555", 18),
        BoxKind::Elsewhere => ("#ffffff", "#777777", 10),
    }
}

pub(super) fn box_height(shown: &ChartBox) -> f64 {
    if shown.kind == BoxKind::Elsewhere {
        return 20.0;
    }
    let notes: usize = shown.notes.iter().map(|note| wrapped(note).len()).sum();
    38.0 + TEXT_HEIGHT * float(wrapped(&shown.says).len() + notes)
}

pub(super) fn box_width(shown: &ChartBox) -> f64 {
    match shown.kind {
        BoxKind::Elsewhere => 36.0 + 6.0 * float(shown.name.chars().count()),
        BoxKind::Says
        | BoxKind::Asks
        | BoxKind::Shop
        | BoxKind::Decides
        | BoxKind::Confirms
        | BoxKind::Commits
        | BoxKind::Person
        | BoxKind::Flow
        | BoxKind::Ends => BOX_WIDTH,
    }
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A sentence in lines, the rest of a long one left out.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= LINE_MAX => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        if let Some(last) = lines.last_mut() {
            let kept: String = last.chars().take(LINE_MAX - 3).collect();
            *last = format!("{} ...", kept.trim_end());
        }
    }
    lines
}

fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(max.saturating_sub(2)).collect();
    format!("{kept}..")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const KINDS: [(BoxKind, &str); 10] = [
    (BoxKind::Says, "says"),
    (BoxKind::Asks, "asks the caller"),
    (BoxKind::Shop, "asks the shop"),
    (BoxKind::Decides, "decides"),
    (BoxKind::Confirms, "reads back"),
    (BoxKind::Commits, "commits"),
    (BoxKind::Person, "a person"),
    (BoxKind::Flow, "a flow"),
    (BoxKind::Ends, "the end"),
    (BoxKind::Elsewhere, "goes on there"),
];
const LEGEND_STEP: f64 = 118.0;
const TEXT_HEIGHT: f64 = 13.0;
const LINE_MAX: usize = 34;
const LINES_MAX: usize = 3;
const LABEL_MAX: usize = 46;

const HEAD: &str = "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"#555\"/></marker></defs>
<style>.on{fill:none;stroke:#777;stroke-width:1.1}.back{fill:none;stroke:#c06a6a;stroke-width:1.1;stroke-dasharray:5 3}
.name{font-size:13px;font-weight:bold}.does{font-size:11px;fill:#444}.says{font-size:11px;font-style:italic}
.way{font-size:10px;fill:#222;paint-order:stroke;stroke:#fff;stroke-width:3px}</style>
";
