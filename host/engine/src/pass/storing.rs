//! Stores what slices read: what is small together, because most rooms change little between two passes, and each transaction costs as much as many
//! unchanged rooms.

use collector_egress::trace;
use collector_stores::Collected;
use tracing::Instrument as _;

use super::part::{Named, Part};

/// Places are stored together as long as they have no more than so many meetings or records: others who write wait meanwhile, and if one cannot be
/// stored, each is stored again alone.
const TOGETHER: usize = 256;

/// Stores what was read of places. What changed, or why one is not stored, in their order: if storing one fails, the others are not lost.
pub(super) async fn store<P: Part>(
    store: &dyn Collected,
    source: &str,
    reads: Vec<Named<P>>,
) -> Vec<Result<P::Changes, String>> {
    let mut stored = Vec::with_capacity(reads.len());
    for group in groups(reads, |(_, read)| read.items.len()) {
        let committed = P::commit(store, source, group).instrument(trace::commit()).await;
        stored.extend(
            committed
                .into_iter()
                .map(|result| result.map_err(|error| format!("{error:#}"))),
        );
    }
    stored
}

/// Splits what comes one after the other into groups whose sizes add up to [`TOGETHER`] at most. What is larger stands alone.
fn groups<T>(all: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    // How much more the last group takes.
    let mut left = None;
    for one in all {
        let size = size(&one);
        match (groups.last_mut(), left) {
            (Some(group), Some(more)) if size <= more => {
                group.push(one);
                left = Some(more - size);
            }
            _ => {
                groups.push(vec![one]);
                left = TOGETHER.checked_sub(size);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn groups_keep_the_order_and_only_what_is_large_alone_is_large(sizes in prop::collection::vec(0..2 * TOGETHER, 0..40)) {
            let groups = groups(sizes.clone(), |size| *size);
            prop_assert_eq!(groups.concat(), sizes);
            for group in groups {
                prop_assert!(group.len() == 1 || group.iter().sum::<usize>() <= TOGETHER, "{group:?}");
            }
        }
    }

    #[test]
    fn small_ones_are_stored_together() {
        assert_eq!(groups(vec![0; 40], |size| *size), [vec![0; 40]]);
    }
}
