//! Long lines make a drawing unreadable: where one would run past many boxes, a small box stands at its beginning
//! that names the place it leads to.

use engine_core::conversation::chart::{BoxKind, Chart, ChartBox, ChartLink};

use super::layers::{Span, spans};

/// The same chart with its long ways cut. Every box keeps the shortest way that leads to it.
pub(super) fn shorten(mut chart: Chart) -> Chart {
    let spans = spans(&chart);
    let kept: Vec<Option<usize>> = (0..chart.boxes.len())
        .map(|at| nearest_way(&chart, &spans, at))
        .collect();
    for (index, span) in spans.iter().enumerate() {
        let Some(link) = chart.links.get(index).cloned() else {
            continue;
        };
        let is_kept = kept.get(link.to).copied().flatten() == Some(index);
        if is_kept || span.layers <= most(*span) {
            continue;
        }
        let Some(name) = chart.boxes.get(link.to).map(|shown| shown.name.clone()) else {
            continue;
        };
        let at = chart.boxes.len();
        chart.boxes.push(ChartBox {
            name,
            kind: BoxKind::Elsewhere,
            does: String::new(),
            says: String::new(),
            notes: Vec::new(),
        });
        if let Some(cut) = chart.links.get_mut(index) {
            *cut = ChartLink { to: at, ..link };
        }
    }
    chart
}

fn nearest_way(chart: &Chart, spans: &[Span], to: usize) -> Option<usize> {
    let ways = chart.links.iter().zip(spans).enumerate();
    ways.filter(|(_, (link, span))| link.to == to && !span.upward)
        .min_by_key(|(_, (_, span))| span.layers)
        .map(|(index, _)| index)
}

/// The layers that a line may run through. What goes round again is followed less easily.
const fn most(span: Span) -> usize {
    if span.upward { 1 } else { 2 }
}
