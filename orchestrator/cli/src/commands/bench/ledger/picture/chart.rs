//! Lines in a frame, as SVG by hand: a few lines need no library.

use std::fmt::Write as _;

/// A frame with lines.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) across: Axis,
    /// Begins at 0 unless it is logarithmic.
    pub(super) up: Axis,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Axis {
    pub(super) label: &'static str,
    pub(super) logarithmic: bool,
}

pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// Pixels.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 44.0;
const LEGEND_LINE: f64 = 18.0;
/// Can be told apart by all: after Okabe and Ito.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00"];
/// Steps of an axis, at most about.
const STEPS: f64 = 6.0;

/// The charts side by side, with one legend for all: they have the same lines.
pub(super) fn document(charts: &[Chart]) -> String {
    let names: Vec<_> =
        charts.first().map(|chart| chart.lines.iter().map(|line| line.name.as_str()).collect()).unwrap_or_default();
    let width = WIDTH * charts.len() as f64;
    let height = HEIGHT + LEGEND_LINE * names.len() as f64 + 8.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#1b2a33\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n"
    );
    for (place, chart) in charts.iter().enumerate() {
        let _ = writeln!(svg, "<g transform=\"translate({},0)\">\n{}</g>", WIDTH * place as f64, chart.draw());
    }
    for (place, name) in names.iter().enumerate() {
        let y = HEIGHT + LEGEND_LINE * place as f64 + 8.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{}\" width=\"22\" height=\"4\" fill=\"{}\"/><text x=\"{}\" y=\"{y}\">{}</text>",
            y - 6.0,
            colour(place),
            LEFT + 30.0,
            escaped(name)
        );
    }
    svg + "</svg>\n"
}

impl Chart {
    fn draw(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let across = Scale::new(&self.across, points().map(|point| point.0), (LEFT, WIDTH - RIGHT));
        let up = Scale::new(&self.up, points().map(|point| point.1), (HEIGHT - BOTTOM, TOP));
        let mut svg = format!("<text x=\"{LEFT}\" y=\"18\" font-size=\"15\">{}</text>\n", escaped(self.title));
        for tick in up.ticks() {
            let y = up.pixel(tick);
            let _ = writeln!(
                svg,
                "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#dfe5e8\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0,
                number(tick)
            );
        }
        for tick in across.ticks() {
            let (x, bottom) = (across.pixel(tick), HEIGHT - BOTTOM);
            let _ = writeln!(
                svg,
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{bottom}\" stroke=\"#dfe5e8\"/><text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 16.0,
                number(tick)
            );
        }
        let _ = writeln!(
            svg,
            "<text x=\"{LEFT}\" y=\"36\" fill=\"#5d6f7a\">{}</text><text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#5d6f7a\">{}</text>",
            escaped(self.up.label),
            WIDTH - RIGHT,
            HEIGHT - 8.0,
            escaped(self.across.label)
        );
        for (place, line) in self.lines.iter().enumerate() {
            let points: Vec<_> =
                line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", across.pixel(*x), up.pixel(*y))).collect();
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
                points.join(" "),
                colour(place)
            );
        }
        svg
    }
}

/// From values to pixels.
struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Scale {
    fn new(axis: &Axis, values: impl Iterator<Item = f64> + Clone, (from, to): (f64, f64)) -> Self {
        let logarithmic = axis.logarithmic;
        let high = values.clone().fold(0.0, f64::max);
        if logarithmic {
            // Whole powers of ten.
            let low = values.filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
            let (low, high) = if low.is_finite() { (low, high) } else { (1.0, 10.0) };
            let low = 10_f64.powf(low.log10().floor());
            return Self { low, high: 10_f64.powf(high.log10().ceil()).max(low * 10.0), from, to, logarithmic };
        }
        Self { low: 0.0, high: if high > 0.0 { high * 1.02 } else { 1.0 }, from, to, logarithmic }
    }

    fn pixel(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share * (self.to - self.from)
    }

    fn ticks(&self) -> Vec<f64> {
        let next = |tick: &f64| {
            let tick = if self.logarithmic { tick * 10.0 } else { tick + self.step() };
            (tick <= self.high * 1.000_001).then_some(tick)
        };
        std::iter::successors(Some(self.low), next).collect()
    }

    /// 1, 2 or 5 times a power of ten.
    fn step(&self) -> f64 {
        let rough = (self.high - self.low) / STEPS;
        let power = 10_f64.powf(rough.log10().floor());
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough).unwrap_or(rough)
    }
}

fn colour(place: usize) -> &'static str {
    COLOURS[place % COLOURS.len()]
}

/// As short as it can be said.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(logarithmic: bool, values: &[f64]) -> Scale {
        Scale::new(&Axis { label: "", logarithmic }, values.iter().copied(), (0.0, 100.0))
    }

    #[test]
    fn a_scale_has_round_ticks_around_its_values() {
        assert_eq!(
            scale(false, &[3.0, 98.0]).ticks().iter().map(|tick| number(*tick)).collect::<Vec<_>>(),
            ["0", "20", "40", "60", "80"]
        );
        assert_eq!(
            scale(true, &[0.3, 42.0]).ticks().iter().map(|tick| number(*tick)).collect::<Vec<_>>(),
            ["0.1", "1", "10", "100"]
        );
        let half = scale(true, &[1.0, 100.0]).pixel(10.0);
        assert!((half - 50.0).abs() < 1e-9, "{half}");
    }

    #[test]
    fn a_picture_has_what_there_is_also_where_there_is_nothing() {
        let axis = |logarithmic| Axis { label: "a < b", logarithmic };
        let chart = |points: Vec<(f64, f64)>| {
            let lines = vec![Line { name: "x & y".to_owned(), points }];
            Chart { title: "title", across: axis(true), up: axis(false), lines }
        };
        let svg = document(&[chart(vec![(1.0, 2.0), (10.0, 4.0)]), chart(Vec::new())]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(svg.contains("x &amp; y") && svg.contains("a &lt; b") && !svg.contains("NaN") && !svg.contains("inf"));
    }
}
