//! Sorting, by one instance of the standard library's heap for all types: each of its own would make
//! the WebAssembly module larger, and the library's sort, which is made for speed, by 3 kB.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The place of an item, which is ordered as the item is, and those of equal ones by themselves.
struct Place<'a> {
    index: usize,
    compare: &'a dyn Fn(usize, usize) -> Ordering,
}

impl Ord for Place<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = (self.compare)(self.index, other.index);
        order.then(self.index.cmp(&other.index))
    }
}

impl PartialOrd for Place<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place<'_> {}

/// The indices below `count` in this order; those that are equal stay as they are.
pub(crate) fn indices(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let places = (0..count).map(|index| Place { index, compare });
    let sorted = places.collect::<BinaryHeap<_>>().into_sorted_vec();
    sorted.into_iter().map(|place| place.index).collect()
}

/// The items in this order, and of those that are equal the last alone.
pub(crate) fn sorted<T>(mut items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    // Servers list in order, and then there is nothing to move.
    if items.is_sorted_by(|a, b| compare(a, b) == Ordering::Less) {
        return items;
    }
    let order = indices(items.len(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => compare(a, b),
        _ => Ordering::Equal,
    });
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(
        order
            .into_iter()
            .filter_map(|at| unsorted.get_mut(at)?.take()),
    );
    items.dedup_by(|later, earlier| {
        let same = compare(later, earlier) == Ordering::Equal;
        if same {
            core::mem::swap(later, earlier);
        }
        same
    });
    items
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use alloc::vec;

    use super::{indices, sorted};

    #[test]
    fn equal_items_stay_in_order_or_the_last_one_stays() {
        let items = [3, 1, 3, 2, 1, 3];
        assert_eq!(
            indices(items.len(), &|a, b| items[a].cmp(&items[b])),
            [1, 4, 3, 0, 2, 5]
        );
        let pairs = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (2, 'e')];
        assert_eq!(sorted(pairs, |a, b| a.0.cmp(&b.0)), [(1, 'd'), (2, 'e')]);
        let ascending = vec![(1, 'a'), (2, 'b')];
        assert_eq!(sorted(ascending.clone(), |a, b| a.0.cmp(&b.0)), ascending);
        assert_eq!(sorted(vec![], u8::cmp), [0_u8; 0]);
    }
}
