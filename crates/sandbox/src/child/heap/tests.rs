#![expect(unsafe_code, reason = "what is tested is raw memory")]

use super::{Allocator, HEADER, Heap};

fn write(block: *mut u8, byte: u8, size: usize) {
    assert!(!block.is_null());
    // SAFETY: the block was made with that size.
    unsafe { block.write_bytes(byte, size) };
}

fn holds(block: *mut u8, byte: u8, size: usize) -> bool {
    // SAFETY: the block was made with that size, and written.
    unsafe { std::slice::from_raw_parts(block, size) }.iter().all(|found| *found == byte)
}

fn rewind(heap: &Heap, marks: usize) {
    // SAFETY: the tests do not touch what was made after the mark.
    unsafe { heap.rewind(marks) };
}

/// Bytes that a rewind copies.
fn size(heap: &Heap) -> usize {
    heap.state.borrow().segments.iter().map(|segment| segment.used).sum()
}

#[test]
fn what_stood_at_the_mark_is_there_again() {
    let mut heap = Heap::new();
    let small = heap.alloc(100);
    let large = heap.alloc(1 << 20);
    write(small, 1, 100);
    write(large, 2, 1 << 20);
    heap.mark();
    for _ in 0..3 {
        write(small, 9, 100);
        write(large, 9, 1 << 20);
        let late = heap.calloc(10, 100);
        assert!(holds(late, 0, 1_000));
        // Freed and grown blocks of before stay where they were.
        // SAFETY: both are there.
        unsafe {
            let grown = heap.realloc(small, 5_000);
            assert!(holds(grown, 9, 100) && grown != small);
            heap.dealloc(large);
        }
        rewind(&heap, 1);
        assert!(holds(small, 1, 100) && holds(large, 2, 1 << 20));
        assert!(heap.state.borrow().late.is_empty());
    }
}

#[test]
fn blocks_of_after_the_mark_are_counted_whatever_becomes_of_them() {
    let mut heap = Heap::new();
    heap.mark();
    let mut blocks: Vec<*mut u8> = (0..100).map(|n| heap.alloc(n * 10)).collect();
    for at in [0, 50, 97, 13, 0] {
        // SAFETY: taken out of the list, so it is freed once.
        unsafe { heap.dealloc(blocks.swap_remove(at)) };
    }
    for block in &mut blocks {
        // SAFETY: it is there, and its new place is noted.
        unsafe {
            *block = heap.realloc(*block, 4_000);
            assert!(Heap::usable_size(*block) >= 4_000);
        }
        write(*block, 7, 4_000);
    }
    assert_eq!(heap.state.borrow().late.len(), 95);
    assert!(blocks.iter().all(|block| holds(*block, 7, 4_000)));
    rewind(&heap, 1);
    assert!(heap.state.borrow().late.is_empty());
}

#[test]
fn a_mark_on_a_mark_is_taken_off_with_what_it_kept() {
    let mut heap = Heap::new();
    let below = heap.alloc(64);
    write(below, 1, 64);
    heap.mark();
    let first_size = size(&heap);
    heap.keep();
    write(below, 2, 64);
    let above = heap.alloc(300_000);
    write(above, 3, 300_000);
    heap.mark();
    assert!(size(&heap) >= first_size + 300_000);
    write(below, 4, 64);
    write(above, 4, 300_000);
    rewind(&heap, 2);
    assert!(holds(below, 2, 64) && holds(above, 3, 300_000));
    rewind(&heap, 1);
    assert!(holds(below, 1, 64));
    assert_eq!((size(&heap), heap.state.borrow().marks.len()), (first_size, 1));
}

#[test]
fn before_the_mark_freed_places_are_used_again() {
    let mut heap = Heap::new();
    let first = heap.alloc(1_000);
    let first_size = size(&heap);
    for _ in 0..100 {
        let block = heap.alloc(1_000);
        // SAFETY: it is there.
        unsafe { heap.dealloc(block) };
    }
    assert_eq!(size(&heap), 2 * first_size);
    assert_eq!(first_size, 1_008 + HEADER);
    heap.mark();
    // SAFETY: it is there, and after the mark its place is not given to another.
    unsafe { heap.dealloc(first) };
    let other = heap.alloc(1_000);
    assert_ne!(first, other);
}
