//! Labels beside the ends of lines, without one lying on another.

/// Heights for labels that want to be at these heights: in the same order, a gap apart, as near as they can, none below
/// the bottom.
pub fn spread(wanted: &[f64], gap: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Groups of labels that touch, each around the middle of what they want.
    let mut groups: Vec<(f64, usize)> = Vec::new();
    for &at in &order {
        groups.push((wanted[at], 1));
        while let [.., (above, upper), (below, lower)] = groups[..] {
            let reach = (upper + lower) as f64 / 2.0 * gap;
            if below - above >= reach {
                break;
            }
            let both = upper + lower;
            let middle = (above * upper as f64 + below * lower as f64) / both as f64;
            groups.truncate(groups.len() - 2);
            groups.push((middle, both));
        }
    }
    let mut places = vec![0.0; wanted.len()];
    let mut order = order.into_iter();
    for (middle, count) in groups {
        let half = (count - 1) as f64 / 2.0 * gap;
        let first = (middle - half).min(bottom - 2.0 * half);
        for (nth, at) in order.by_ref().take(count).enumerate() {
            places[at] = first + nth as f64 * gap;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_and_in_order() {
        assert_eq!(spread(&[10.0, 50.0], 12.0, 100.0), [10.0, 50.0]);
        assert_eq!(spread(&[50.0, 10.0, 52.0], 12.0, 100.0), [45.0, 10.0, 57.0]);
        assert_eq!(spread(&[99.0, 100.0], 12.0, 100.0), [88.0, 100.0]);
    }
}
