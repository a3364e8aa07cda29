//! Which layer each box lies in, counted from the top, and which links run upwards.

use engine_core::conversation::chart::Chart;

/// How far down each link leads, in layers; upward ones as many up.
pub(super) fn spans(chart: &Chart) -> Vec<Span> {
    let upward = upward(chart);
    let layers = layers_of(chart, &upward);
    let layer = |at: usize| layers.get(at).copied().unwrap_or_default();
    let both = chart.links.iter().zip(upward);
    both.map(|(link, upward)| Span {
        layers: layer(link.from).abs_diff(layer(link.to)),
        upward,
    })
    .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) layers: usize,
    pub(super) upward: bool,
}

/// The links that lead back to where one has been, seen from the first box.
pub(super) fn upward(chart: &Chart) -> Vec<bool> {
    let mut state = vec![Visit::New; chart.boxes.len()];
    let mut back = vec![false; chart.links.len()];
    for start in 0..chart.boxes.len() {
        visit(chart, start, &mut state, &mut back);
    }
    back
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

/// Depth first, with a stack of its own: a flow may be long.
fn visit(chart: &Chart, start: usize, state: &mut [Visit], back: &mut [bool]) {
    let mut stack = vec![(start, 0)];
    if state.get(start) != Some(&Visit::New) {
        return;
    }
    set(state, start, Visit::Open);
    while let Some((node, next)) = stack.pop() {
        let mut own = chart
            .links
            .iter()
            .enumerate()
            .filter(|(_, link)| link.from == node);
        let Some((index, link)) = own.nth(next) else {
            set(state, node, Visit::Done);
            continue;
        };
        stack.push((node, next + 1));
        match state.get(link.to) {
            Some(Visit::New) => {
                set(state, link.to, Visit::Open);
                stack.push((link.to, 0));
            }
            Some(Visit::Open) => set(back, index, true),
            Some(Visit::Done) | None => {}
        }
    }
}

/// Each box lies one below the lowest that leads to it.
pub(super) fn layers_of(chart: &Chart, upward: &[bool]) -> Vec<usize> {
    let mut layers = vec![0; chart.boxes.len()];
    // A path without a circle has no more links than there are boxes.
    for _ in 0..chart.boxes.len() {
        let mut moved = false;
        for (link, up) in chart.links.iter().zip(upward) {
            let least = layers.get(link.from).map_or(0, |layer| layer + 1);
            if !up
                && link.from != link.to
                && let Some(layer) = layers.get_mut(link.to)
                && *layer < least
            {
                *layer = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

fn set<T>(values: &mut [T], at: usize, value: T) {
    if let Some(place) = values.get_mut(at) {
        *place = value;
    }
}
