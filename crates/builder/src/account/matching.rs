//! The largest matching of two sides, by augmenting paths: how many deeds can have a step of their own.

/// For each of `left` its partner among `right`, such that as many as possible have one and none is shared.
/// Earlier ones of `left` are served first.
pub fn most(left: usize, right: usize, fits: &dyn Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let mut taken: Vec<Option<usize>> = vec![None; right];
    for one in 0..left {
        augment(one, &mut vec![false; right], &mut taken, fits);
    }
    let mut partners = vec![None; left];
    for (other, one) in taken.into_iter().enumerate() {
        if let Some(one) = one {
            partners[one] = Some(other);
        }
    }
    partners
}

fn augment(
    one: usize,
    tried: &mut [bool],
    taken: &mut [Option<usize>],
    fits: &dyn Fn(usize, usize) -> bool,
) -> bool {
    for other in 0..taken.len() {
        if tried[other] || !fits(one, other) {
            continue;
        }
        tried[other] = true;
        let is_free = match taken[other] {
            None => true,
            Some(owner) => augment(owner, tried, taken, fits),
        };
        if is_free {
            taken[other] = Some(one);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::most;

    #[test]
    fn who_can_give_way_gives_way() {
        // The first takes what the second needs, until it has to move.
        let fits = |one: usize, other: usize| matches!((one, other), (0, 0 | 1) | (1, 0));
        assert_eq!(most(2, 2, &fits), [Some(1), Some(0)]);
    }

    #[test]
    fn what_is_too_many_goes_without() {
        let all = most(3, 2, &|_, _| true);
        assert_eq!(all.iter().flatten().count(), 2, "{all:?}");
        assert_eq!(most(1, 0, &|_, _| true), [None]);
    }
}
