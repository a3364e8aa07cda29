//! `hark flow graph`: a flow as a drawing that needs no other program.

mod elsewhere;
mod layers;
mod layout;
mod svg;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use engine_core::conversation::chart::Chart;
use engine_core::source::{FileError, nearest};

/// Draw a flow as SVG: what is said and asked, and where every answer leads. Without a name, all flows.
#[derive(Debug, Args)]
pub(super) struct GraphArgs {
    /// The flow, "reorder"; without it, an overview of all.
    flow: Option<String>,
    /// The folder that holds `flows/` and `prompts/en/`.
    #[arg(long, default_value = "models")]
    models: PathBuf,
    /// Where the drawing goes, instead of the terminal.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's answer belongs on the terminal"
)]
pub(super) fn draw(args: &GraphArgs) -> ExitCode {
    let written = chart(args).and_then(|chart| {
        let drawing = svg::draw(&chart, &layout::lay_out(&chart));
        match &args.out {
            None => println!("{drawing}"),
            Some(path) => {
                std::fs::write(path, drawing).map_err(|error| {
                    FileError::new(&path.display().to_string(), format!("cannot be written: {error}"))
                })?;
                let (boxes, ways) = (chart.boxes.len(), chart.links.len());
                println!(
                    "{}: {boxes} boxes, {ways} ways; any browser shows it",
                    path.display()
                );
            }
        }
        Ok(())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hark: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn chart(args: &GraphArgs) -> anyhow::Result<Chart> {
    let (flows, prompts) = super::load(&args.models)?;
    let Some(name) = &args.flow else {
        return Ok(flows.overview());
    };
    flows
        .chart(name, &prompts)
        .map(elsewhere::shorten)
        .ok_or_else(|| {
            let hint = nearest(name, flows.names()).map_or_else(
                || format!("the flows are {}", flows.names().collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            anyhow::anyhow!("no flow is named `{name}`; {hint}")
        })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn drawn(flow: Option<&str>) -> (Chart, layout::Layout, String) {
        let args = GraphArgs {
            flow: flow.map(str::to_owned),
            models: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")),
            out: None,
        };
        let chart = chart(&args).unwrap();
        let layout = layout::lay_out(&chart);
        let drawing = svg::draw(&chart, &layout);
        (chart, layout, drawing)
    }

    #[test]
    fn every_flow_can_be_drawn_and_no_two_boxes_overlap() {
        let models = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        let (flows, _) = super::super::load(&models).unwrap();
        for name in flows.names().map(Some).chain([None]) {
            let (chart, layout, drawing) = drawn(name);
            assert_eq!(layout.places.len(), chart.boxes.len());
            assert_eq!(layout.ways.len(), chart.links.len());
            for (index, place) in layout.places.iter().enumerate() {
                for other in layout.places.iter().skip(index + 1) {
                    assert!(!place.overlaps(other), "{name:?}: {place:?} and {other:?}");
                }
            }
            for shown in &chart.boxes {
                assert!(
                    drawing.contains(&format!(">{}<", shown.name)),
                    "{name:?}: {}",
                    shown.name
                );
            }
        }
    }

    /// The ends of every way, by name.
    fn ways(chart: &Chart) -> Vec<(String, String, String)> {
        let name = |at: usize| chart.boxes[at].name.clone();
        let links = chart.links.iter();
        links
            .map(|link| (name(link.from), link.label.clone(), name(link.to)))
            .collect()
    }

    #[test]
    fn a_step_far_away_is_named_where_the_way_to_it_begins() {
        let models = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models"));
        let (flows, prompts) = super::super::load(&models).unwrap();
        let whole = flows.chart("reorder", &prompts).unwrap();
        let (chart, layout, drawing) = drawn(Some("reorder"));
        assert_eq!(ways(&chart), ways(&whole));
        assert!(chart.boxes.len() > whole.boxes.len());
        assert!(layout.width < layout::lay_out(&whole).width);
        assert!(drawing.contains("<a href=\"#stock\">"), "no way back to `stock`");
    }

    #[test]
    fn the_heading_of_a_small_drawing_is_not_cut_off() {
        let (_, _, drawing) = drawn(Some("robot"));
        let width = drawing
            .split("width=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let width: f64 = width.unwrap().parse().unwrap();
        let title = "robot: know whom you are talking to";
        assert!(drawing.contains(title));
        assert!(width > 10.0 * title.len() as f64, "{width}");
    }

    #[test]
    fn a_name_that_is_wrong_is_told_with_the_right_one() {
        let args = GraphArgs {
            flow: Some("reoder".to_owned()),
            models: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")),
            out: None,
        };
        let told = chart(&args).unwrap_err().to_string();
        assert_eq!(told, "no flow is named `reoder`; did you mean `reorder`?");
    }
}
