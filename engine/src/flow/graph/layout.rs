//! Where boxes stand and how lines run: layers from top to bottom (after Sugiyama, Tagawa and Toda), each
//! ordered so that few lines cross, long lines led through the layers between.

use std::collections::BTreeMap;

use engine_core::conversation::chart::Chart;

use super::layers::{layers_of, upward};
use super::svg::{box_height, box_width};

/// Everything has its place, in pixels.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    /// One for each box of the chart.
    pub(super) places: Vec<Place>,
    /// One for each link of the chart: its corners, from box to box.
    pub(super) ways: Vec<Vec<(f64, f64)>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Place {
    #[cfg(test)]
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let apart = self.x + self.width <= other.x
            || other.x + other.width <= self.x
            || self.y + self.height <= other.y
            || other.y + other.height <= self.y;
        !apart
    }

    fn middle(&self) -> f64 {
        self.x + self.width / 2.0
    }
}

/// A box, or a bend of a long line.
#[derive(Debug, Clone, Copy)]
struct Node {
    layer: usize,
    width: f64,
    /// The middle.
    x: f64,
}

pub(super) fn lay_out(chart: &Chart) -> Layout {
    if chart.links.is_empty() {
        return in_rows(chart);
    }
    let mut drawing = Drawing::new(chart);
    drawing.untangle();
    drawing.spread();
    drawing.finish(chart)
}

/// Boxes without ways between them, row by row.
fn in_rows(chart: &Chart) -> Layout {
    let mut layout = Layout {
        ways: Vec::new(),
        height: HEADING,
        ..Layout::default()
    };
    for row in chart.boxes.chunks(IN_A_ROW) {
        let y = layout.height;
        for (shown, column) in row.iter().zip(0_u32..) {
            layout.places.push(Place {
                x: MARGIN + f64::from(column) * (BOX_WIDTH + GAP),
                y,
                width: BOX_WIDTH,
                height: box_height(shown),
            });
        }
        layout.height += row.iter().map(box_height).fold(0.0, f64::max) + GAP;
    }
    let rights = layout.places.iter().map(|place| place.x + place.width);
    layout.width = rights.fold(0.0, f64::max) + MARGIN;
    layout
}

struct Drawing {
    nodes: Vec<Node>,
    /// Nodes of each layer, from left to right.
    layers: Vec<Vec<usize>>,
    /// Neighbours above and below.
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
    /// The nodes that each link passes, from the upper to the lower end.
    chains: Vec<Vec<usize>>,
    /// Links that run upwards.
    upward: Vec<bool>,
}

impl Drawing {
    fn new(chart: &Chart) -> Self {
        let count = chart.boxes.len();
        let upward = upward(chart);
        let layer_of = layers_of(chart, &upward);
        let mut nodes: Vec<Node> = layer_of
            .iter()
            .zip(&chart.boxes)
            .map(|(layer, shown)| Node {
                layer: *layer,
                width: box_width(shown),
                x: 0.0,
            })
            .collect();
        let mut chains = Vec::new();
        for (link, up) in chart.links.iter().zip(&upward) {
            let (top, bottom) = if *up {
                (link.to, link.from)
            } else {
                (link.from, link.to)
            };
            let (Some(first), Some(last)) = (layer_of.get(top), layer_of.get(bottom)) else {
                chains.push(Vec::new());
                continue;
            };
            let mut chain = vec![top];
            for layer in first + 1..*last {
                chain.push(nodes.len());
                nodes.push(Node {
                    layer,
                    width: BEND_WIDTH,
                    x: 0.0,
                });
            }
            chain.push(bottom);
            chains.push(chain);
        }
        let mut above = vec![Vec::new(); nodes.len()];
        let mut below = vec![Vec::new(); nodes.len()];
        for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
            if let [upper, lower] = pair
                && upper != lower
            {
                push(&mut below, *upper, *lower);
                push(&mut above, *lower, *upper);
            }
        }
        let depth = nodes.iter().map(|node| node.layer + 1).max().unwrap_or(0);
        let mut layers = vec![Vec::new(); depth];
        // Boxes in the order of the file, each line's bends after its box.
        for at in (0..count).chain(count..nodes.len()) {
            if let Some(layer) = nodes.get(at).and_then(|node| layers.get_mut(node.layer)) {
                layer.push(at);
            }
        }
        Self {
            nodes,
            layers,
            above,
            below,
            chains,
            upward,
        }
    }

    /// Orders each layer by the middle of its neighbours, down and up again, and keeps the best.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for round in 0..ROUNDS {
            let down = round % 2 == 0;
            let order: Vec<usize> = if down {
                (1..self.layers.len()).collect()
            } else {
                (0..self.layers.len().saturating_sub(1)).rev().collect()
            };
            for layer in order {
                self.sort_layer(layer, down);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    fn sort_layer(&mut self, layer: usize, down: bool) {
        let fixed = if down {
            layer.checked_sub(1)
        } else {
            Some(layer + 1)
        };
        let Some(fixed) = fixed.and_then(|fixed| self.layers.get(fixed)) else {
            return;
        };
        let position: BTreeMap<usize, usize> = fixed.iter().copied().zip(0..).collect();
        let neighbours = if down { &self.above } else { &self.below };
        let Some(row) = self.layers.get(layer) else { return };
        let mut keyed: Vec<(f64, usize)> = row
            .iter()
            .zip(0_u32..)
            .map(|(node, at)| {
                let near: Vec<f64> = neighbours
                    .get(*node)
                    .into_iter()
                    .flatten()
                    .filter_map(|other| position.get(other))
                    .map(|at| float(*at))
                    .collect();
                (mean(&near).unwrap_or(f64::from(at)), *node)
            })
            .collect();
        keyed.sort_by(|left, right| left.0.total_cmp(&right.0));
        if let Some(row) = self.layers.get_mut(layer) {
            *row = keyed.into_iter().map(|(_, node)| node).collect();
        }
    }

    /// How many pairs of lines cross between neighbouring layers.
    fn crossings(&self) -> usize {
        let mut sum = 0;
        for pair in self.layers.windows(2) {
            let [upper, lower] = pair else { continue };
            let position: BTreeMap<usize, usize> = lower.iter().copied().zip(0..).collect();
            let mut ends: Vec<usize> = Vec::new();
            for node in upper {
                let mut own: Vec<usize> = self
                    .below
                    .get(*node)
                    .into_iter()
                    .flatten()
                    .filter_map(|other| position.get(other).copied())
                    .collect();
                own.sort_unstable();
                sum += own
                    .iter()
                    .map(|end| ends.iter().filter(|before| *before > end).count())
                    .sum::<usize>();
                ends.extend(own);
            }
        }
        sum
    }

    /// Moves every node towards its neighbours, never through the one beside it.
    fn spread(&mut self) {
        for layer in 0..self.layers.len() {
            self.pack(layer, |_, _| 0.0);
        }
        for round in 0..ROUNDS {
            let order: Vec<usize> = if round % 2 == 0 {
                (0..self.layers.len()).collect()
            } else {
                (0..self.layers.len()).rev().collect()
            };
            for layer in order {
                self.pack(layer, |drawing, node| {
                    let near: Vec<f64> = [&drawing.above, &drawing.below]
                        .into_iter()
                        .filter_map(|side| side.get(node))
                        .flatten()
                        .filter_map(|other| drawing.nodes.get(*other))
                        .map(|other| other.x)
                        .collect();
                    mean(&near).unwrap_or_else(|| drawing.nodes.get(node).map_or(0.0, |node| node.x))
                });
            }
        }
    }

    /// Places a layer's nodes as near as may be to where each wants to be, in their order.
    fn pack(&mut self, layer: usize, wish: impl Fn(&Self, usize) -> f64) {
        let Some(row) = self.layers.get(layer).cloned() else {
            return;
        };
        let width = |node: &usize| self.nodes.get(*node).map_or(0.0, |node| node.width);
        let wishes: Vec<f64> = row.iter().map(|node| wish(self, *node)).collect();
        let apart: Vec<f64> = row
            .windows(2)
            .map(|pair| pair.iter().map(width).sum::<f64>() / 2.0 + GAP)
            .collect();
        let mut right = wishes.clone();
        for at in 1..right.len() {
            let least = value(&right, at - 1) + value(&apart, at - 1);
            raise(&mut right, at, least);
        }
        let mut left: Vec<f64> = wishes.iter().map(|wish| -wish).collect();
        for at in (1..left.len()).rev() {
            let least = value(&left, at) + value(&apart, at - 1);
            raise(&mut left, at - 1, least);
        }
        for ((node, right), left) in row.iter().zip(&right).zip(&left) {
            if let Some(node) = self.nodes.get_mut(*node) {
                node.x = f64::midpoint(*right, -left);
            }
        }
    }

    fn finish(self, chart: &Chart) -> Layout {
        let left = self
            .nodes
            .iter()
            .map(|node| node.x - node.width / 2.0)
            .fold(f64::INFINITY, f64::min);
        let shift = MARGIN - if left.is_finite() { left } else { 0.0 };
        let (tops, bottoms) = self.heights(chart);
        let places: Vec<Place> = chart
            .boxes
            .iter()
            .zip(&self.nodes)
            .map(|(shown, node)| Place {
                x: node.x + shift - node.width / 2.0,
                y: value(&tops, node.layer),
                width: node.width,
                height: box_height(shown),
            })
            .collect();
        let bend = |at: usize| {
            self.nodes.get(at).map(|node| {
                let x = node.x + shift;
                [(x, value(&tops, node.layer)), (x, value(&bottoms, node.layer))]
            })
        };
        let ways = self.ways(chart, &places, bend);
        let right = self
            .nodes
            .iter()
            .map(|node| node.x + shift + node.width / 2.0)
            .fold(0.0, f64::max);
        Layout {
            places,
            ways,
            width: right + LABELS_BESIDE + MARGIN,
            height: bottoms.last().copied().unwrap_or(0.0) + MARGIN,
        }
    }

    /// The upper and lower edge of each layer; below it is room for the names of its ways.
    fn heights(&self, chart: &Chart) -> (Vec<f64>, Vec<f64>) {
        let (mut tops, mut bottoms) = (Vec::new(), Vec::new());
        let mut y = HEADING;
        for row in &self.layers {
            let boxes = || row.iter().filter_map(|node| chart.boxes.get(*node));
            let height = boxes().map(box_height).fold(0.0, f64::max);
            let ways = row
                .iter()
                .filter(|node| **node < chart.boxes.len())
                .map(|node| chart.links.iter().filter(|link| link.from == *node).count())
                .max()
                .unwrap_or(0);
            tops.push(y);
            bottoms.push(y + height);
            y += height + LAYER_GAP + LABEL_HEIGHT * float(ways);
        }
        (tops, bottoms)
    }

    /// The corners of every line. Lines that leave a box leave side by side.
    fn ways(
        &self,
        chart: &Chart,
        places: &[Place],
        bend: impl Fn(usize) -> Option<[(f64, f64); 2]>,
    ) -> Vec<Vec<(f64, f64)>> {
        let mut ways = Vec::new();
        for ((link, chain), up) in chart.links.iter().zip(&self.chains).zip(&self.upward) {
            let (Some(from), Some(to)) = (places.get(link.from), places.get(link.to)) else {
                ways.push(Vec::new());
                continue;
            };
            let inner: &[usize] = chain.get(1..chain.len().saturating_sub(1)).unwrap_or_default();
            let mut corners: Vec<(f64, f64)> = inner.iter().filter_map(|at| bend(*at)).flatten().collect();
            if link.from == link.to {
                corners = around(from);
            } else if *up {
                // Out at the bottom like every way, then up beside everything.
                corners.reverse();
                corners.insert(0, (from.middle(), from.y));
                corners.push((to.middle(), to.y + to.height));
            } else {
                corners.insert(0, (from.middle(), from.y + from.height));
                corners.push((to.middle(), to.y));
            }
            ways.push(corners);
        }
        spread_ends(chart, places, &mut ways);
        ways
    }
}

/// Lines that begin or end at the same side of a box stand side by side, in the order of where they go.
fn spread_ends(chart: &Chart, places: &[Place], ways: &mut [Vec<(f64, f64)>]) {
    for (at, place) in places.iter().enumerate() {
        for bottom in [true, false] {
            let edge = if bottom { place.y + place.height } else { place.y };
            let mut ends: Vec<(f64, usize, bool)> = Vec::new();
            for (index, (link, way)) in chart.links.iter().zip(ways.iter()).enumerate() {
                if link.from == link.to {
                    continue;
                }
                for (box_at, first) in [(link.from, true), (link.to, false)] {
                    let (end, next) = ends_of(way, first);
                    if box_at == at && (end.1 - edge).abs() < 0.5 {
                        ends.push((next.0, index, first));
                    }
                }
            }
            ends.sort_by(|left, right| left.0.total_cmp(&right.0));
            let step = place.width * 0.8 / float(ends.len() + 1);
            for ((_, index, first), nth) in ends.iter().zip(1..) {
                let x = place.x + place.width * 0.1 + step * float(nth);
                if let Some(way) = ways.get_mut(*index) {
                    let corner = if *first { way.first_mut() } else { way.last_mut() };
                    if let Some(corner) = corner {
                        corner.0 = x;
                    }
                }
            }
        }
    }
}

fn ends_of(way: &[(f64, f64)], first: bool) -> ((f64, f64), (f64, f64)) {
    let ends = if first {
        (way.first(), way.get(1))
    } else {
        (way.last(), way.len().checked_sub(2).and_then(|at| way.get(at)))
    };
    (
        ends.0.copied().unwrap_or_default(),
        ends.1.copied().unwrap_or_default(),
    )
}

fn around(place: &Place) -> Vec<(f64, f64)> {
    let right = place.x + place.width;
    let middle = place.y + place.height / 2.0;
    vec![
        (right, middle - 8.0),
        (right + 24.0, middle - 8.0),
        (right + 24.0, middle + 8.0),
        (right, middle + 8.0),
    ]
}

fn push(lists: &mut [Vec<usize>], at: usize, value: usize) {
    if let Some(list) = lists.get_mut(at) {
        list.push(value);
    }
}

fn value(values: &[f64], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}

fn raise(values: &mut [f64], at: usize, least: f64) {
    if let Some(value) = values.get_mut(at) {
        *value = value.max(least);
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / float(values.len()))
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// In pixels.
pub(super) const BOX_WIDTH: f64 = 230.0;
pub(super) const HEADING: f64 = 70.0;
pub(super) const LABEL_HEIGHT: f64 = 12.0;
const IN_A_ROW: usize = 5;
const BEND_WIDTH: f64 = 12.0;
const GAP: f64 = 26.0;
const LAYER_GAP: f64 = 34.0;
const MARGIN: f64 = 24.0;
const LABELS_BESIDE: f64 = 120.0;
/// Passes over all layers; more change nothing any more.
const ROUNDS: usize = 24;
