//! Limited-memory BFGS with backtracking (Nocedal & Wright, Numerical Optimization, 2nd ed., algorithm 7.5).

/// Minimises a smooth function from `start`. `value_and_gradient` gives both at a point.
pub(super) fn minimise(
    start: Vec<f64>,
    steps: usize,
    mut value_and_gradient: impl FnMut(&[f64]) -> (f64, Vec<f64>),
) -> Vec<f64> {
    let mut point = start;
    let (mut value, mut gradient) = value_and_gradient(&point);
    let mut memory: Vec<Pair> = Vec::new();
    for _ in 0..steps {
        let direction = descent(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        if slope > -1e-10 {
            break;
        }
        let mut length = if memory.is_empty() {
            (1.0 / -slope).sqrt().min(1.0)
        } else {
            1.0
        };
        let Some((next, next_value, next_gradient)) = (0..BACKTRACKS_MAX).find_map(|_| {
            let next = along(&point, &direction, length);
            let (v, g) = value_and_gradient(&next);
            let good = v <= value + 1e-4 * length * slope;
            length *= 0.5;
            good.then_some((next, v, g))
        }) else {
            break;
        };
        remember(&mut memory, &point, &next, &gradient, &next_gradient);
        let gain = value - next_value;
        (point, value, gradient) = (next, next_value, next_gradient);
        if gain < 1e-7 * value.abs() {
            break;
        }
    }
    point
}

/// A step taken, the change of gradient it made, and the inverse of their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

fn remember(memory: &mut Vec<Pair>, from: &[f64], to: &[f64], before: &[f64], after: &[f64]) {
    let step: Vec<f64> = to.iter().zip(from).map(|(a, b)| a - b).collect();
    let change: Vec<f64> = after.iter().zip(before).map(|(a, b)| a - b).collect();
    let product = dot(&step, &change);
    if product > 1e-12 {
        if memory.len() == MEMORY {
            memory.remove(0);
        }
        memory.push(Pair {
            step,
            change,
            rho: 1.0 / product,
        });
    }
}

/// The two-loop recursion: minus the approximate inverse Hessian times the gradient.
fn descent(gradient: &[f64], memory: &[Pair]) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.to_vec();
    let mut alphas = Vec::with_capacity(memory.len());
    for pair in memory.iter().rev() {
        let alpha = pair.rho * dot(&pair.step, &q);
        add(&mut q, &pair.change, -alpha);
        alphas.push(alpha);
    }
    if let Some(last) = memory.last() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        q.iter_mut().for_each(|x| *x *= scale);
    }
    for (pair, alpha) in memory.iter().zip(alphas.iter().rev()) {
        let beta = pair.rho * dot(&pair.change, &q);
        add(&mut q, &pair.step, alpha - beta);
    }
    q.iter_mut().for_each(|x| *x = -*x);
    q
}

fn along(point: &[f64], direction: &[f64], length: f64) -> Vec<f64> {
    point.iter().zip(direction).map(|(p, d)| p + length * d).collect()
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    for (a, b) in to.iter_mut().zip(what) {
        *a += times * b;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

const MEMORY: usize = 7;
const BACKTRACKS_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::minimise;

    #[test]
    fn finds_the_bottom_of_a_bent_valley() {
        // Rosenbrock's function, whose bottom is at (1, 1).
        let found = minimise(vec![-1.2, 1.0], 200, |p| {
            let (x, y) = (p[0], p[1]);
            let value = (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2);
            (
                value,
                vec![-2.0 * (1.0 - x) - 400.0 * x * (y - x * x), 200.0 * (y - x * x)],
            )
        });
        assert!(
            (found[0] - 1.0).abs() < 0.01 && (found[1] - 1.0).abs() < 0.02,
            "{found:?}"
        );
    }
}
