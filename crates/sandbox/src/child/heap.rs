//! The memory of the JavaScript interpreter, which can be put back: what stood in it at a mark is
//! there again after [`Heap::rewind`], byte for byte, whatever code did meanwhile.
//!
//! QuickJS keeps everything that it knows in memory that it gets from its allocator: objects, shapes,
//! atoms, the queue of pending jobs, counts of references, its limits. So one copy back makes a
//! runtime as good as new for a few microseconds, where making one anew takes the better part of a
//! millisecond, and there is no list of things to clean up that could lack one.
//!
//! Blocks that are made before a mark lie in segments, of which the mark keeps a copy. Blocks made
//! after it come from the program's allocator and are given back when the heap is rewound. A block
//! from before the mark that is freed after it stays where it is: the copy needs its place.

#![expect(unsafe_code, reason = "an allocator is given and takes raw memory")]

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ptr::{copy_nonoverlapping, null_mut};
use std::rc::Rc;

use rquickjs::allocator::Allocator;

/// Of every block, and of the header before it.
const ALIGN: usize = 16;
const SEGMENT: usize = 256 << 10;
/// In place of a number: the block lies in a segment.
const KEPT: usize = usize::MAX;

/// Stands before each block.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Header {
    /// Bytes that the block has.
    size: usize,
    /// Where it stands in `State::late`, or [`KEPT`].
    place: usize,
}

const HEADER: usize = size_of::<Header>();

/// The handle; all clones are the same memory.
#[derive(Clone)]
pub struct Heap {
    state: Rc<RefCell<State>>,
}

struct State {
    segments: Vec<Segment>,
    marks: Vec<Mark>,
    /// Whether blocks are made that the next mark keeps.
    keeps: bool,
    /// Freed blocks in segments by their size, to be used again before the next mark.
    holes: BTreeMap<usize, Vec<*mut u8>>,
    /// Blocks made since the last mark.
    late: Vec<*mut u8>,
}

struct Segment {
    start: *mut u8,
    size: usize,
    used: usize,
}

/// What the segments held.
struct Mark {
    images: Vec<Box<[u8]>>,
}

fn rounded(size: usize) -> Option<usize> {
    size.max(1).checked_next_multiple_of(ALIGN).filter(|size| *size < isize::MAX as usize - HEADER)
}

/// Of a block with its header; sizes have been rounded before.
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size + HEADER, ALIGN).ok()
}

/// The header of a block.
///
/// # Safety
/// `block` was given by a [`Heap`] that still has it.
unsafe fn header(block: *mut u8) -> *mut Header {
    // SAFETY: each block begins after its header.
    unsafe { block.sub(HEADER).cast() }
}

impl Heap {
    /// An empty heap, that keeps what is made in it.
    pub fn new() -> Self {
        let state = State {
            segments: Vec::new(),
            marks: Vec::new(),
            keeps: true,
            holes: BTreeMap::new(),
            late: Vec::new(),
        };
        Self { state: Rc::new(RefCell::new(state)) }
    }

    /// Remembers all that the heap holds; a mark may be put on another.
    pub fn mark(&self) {
        let mut state = self.state.borrow_mut();
        state.keeps = false;
        state.holes.clear();
        let images = state.segments.iter().map(Segment::image).collect();
        state.marks.push(Mark { images });
    }

    /// What is made from now on is kept by the next mark. Only right after a mark or a rewind.
    pub fn keep(&self) {
        self.state.borrow_mut().keeps = true;
    }

    /// Puts everything back as it was when there were `marks` marks, the last of them just made.
    ///
    /// # Safety
    /// Nobody outside the heap may hold on to what was made in it since that mark, not even to let
    /// go of it afterwards; nor may what was held then have been let go.
    pub unsafe fn rewind(&self, marks: usize) {
        let mut state = self.state.borrow_mut();
        state.marks.truncate(marks);
        state.keeps = false;
        state.holes.clear();
        for block in std::mem::take(&mut state.late) {
            // SAFETY: it is in the list of those that are there.
            unsafe { release(block) };
        }
        let State { segments, marks, .. } = &mut *state;
        let images = marks.last().map_or(&[][..], |mark| &mark.images);
        segments.truncate(images.len());
        for (segment, image) in segments.iter_mut().zip(images) {
            segment.used = image.len();
            // SAFETY: the image was copied from there, and a segment does not become shorter.
            unsafe { copy_nonoverlapping(image.as_ptr(), segment.start, image.len()) };
        }
    }
}

/// Gives a block back that lies in no segment.
///
/// # Safety
/// It is there, and nobody uses it after.
unsafe fn release(block: *mut u8) {
    // SAFETY: by the same layout as it was made, which was possible then.
    unsafe {
        let head = header(block);
        if let Some(layout) = layout((*head).size) {
            dealloc(head.cast(), layout);
        }
    }
}

impl Segment {
    fn new(size: usize) -> Option<Self> {
        let layout = Layout::from_size_align(size, ALIGN).ok()?;
        // SAFETY: the size is not zero.
        let start = unsafe { alloc(layout) };
        (!start.is_null()).then_some(Self { start, size, used: 0 })
    }

    fn image(&self) -> Box<[u8]> {
        // SAFETY: so much of it has been given out, and with headers and blocks that QuickJS wrote,
        // or did not write: either way it is only copied back.
        unsafe { std::slice::from_raw_parts(self.start, self.used) }.into()
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        if let Ok(layout) = Layout::from_size_align(self.size, ALIGN) {
            // SAFETY: it was made by this layout.
            unsafe { dealloc(self.start, layout) };
        }
    }
}

impl State {
    fn make(&mut self, size: usize, zero: bool) -> *mut u8 {
        let Some(size) = rounded(size) else { return null_mut() };
        if !self.keeps {
            return self.make_late(size, zero);
        }
        let block = self.make_kept(size);
        if zero && !block.is_null() {
            // SAFETY: it has at least so many bytes.
            unsafe { block.write_bytes(0, size) };
        }
        block
    }

    fn make_kept(&mut self, size: usize) -> *mut u8 {
        // A hole that is not much larger; its header tells its size.
        if let Some((&found, holes)) = self.holes.range_mut(size..=size + size / 4).next()
            && let Some(block) = holes.pop()
        {
            if holes.is_empty() {
                self.holes.remove(&found);
            }
            return block;
        }
        let whole = size + HEADER;
        if self.segments.last().is_none_or(|segment| segment.size - segment.used < whole) {
            let Some(segment) = Segment::new(whole.max(SEGMENT)) else { return null_mut() };
            self.segments.push(segment);
        }
        let Some(segment) = self.segments.last_mut() else { return null_mut() };
        // SAFETY: so much is free in the segment, and each part of it is a multiple of `ALIGN`.
        unsafe {
            let head = segment.start.add(segment.used).cast::<Header>();
            segment.used += whole;
            head.write(Header { size, place: KEPT });
            head.cast::<u8>().add(HEADER)
        }
    }

    fn make_late(&mut self, size: usize, zero: bool) -> *mut u8 {
        let Some(layout) = layout(size) else { return null_mut() };
        // SAFETY: the layout is never empty, and the header fits before the block.
        unsafe {
            let head = if zero { alloc_zeroed(layout) } else { alloc(layout) };
            if head.is_null() {
                return head;
            }
            head.cast::<Header>().write(Header { size, place: self.late.len() });
            let block = head.add(HEADER);
            self.late.push(block);
            block
        }
    }

    /// # Safety
    /// The block is one of this heap's that is there.
    unsafe fn free(&mut self, block: *mut u8) {
        // SAFETY: as promised; those in the list are there.
        unsafe {
            let Header { size, place } = *header(block);
            if place == KEPT {
                if self.keeps {
                    self.holes.entry(size).or_default().push(block);
                }
                return;
            }
            self.late.swap_remove(place);
            if let Some(moved) = self.late.get(place) {
                (*header(*moved)).place = place;
            }
            release(block);
        }
    }

    /// # Safety
    /// The block is one of this heap's that is there.
    unsafe fn resize(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        let Some(size) = rounded(size) else { return null_mut() };
        // SAFETY: as promised; a block holds as many bytes as its header says.
        unsafe {
            let Header { size: before, place } = *header(block);
            if place != KEPT && !self.keeps {
                let (Some(old), Some(new)) = (layout(before), layout(size)) else {
                    return null_mut();
                };
                let head = realloc(header(block).cast(), old, new.size());
                if head.is_null() {
                    return head;
                }
                (*head.cast::<Header>()).size = size;
                let block = head.add(HEADER);
                if let Some(known) = self.late.get_mut(place) {
                    *known = block;
                }
                return block;
            }
            if size <= before {
                return block;
            }
            let new = self.make(size, false);
            if !new.is_null() {
                copy_nonoverlapping(block, new, before);
                self.free(block);
            }
            new
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        for block in std::mem::take(&mut self.late) {
            // SAFETY: it is in the list of those that are there; the interpreter is gone.
            unsafe { release(block) };
        }
    }
}

// SAFETY: blocks are aligned to 16 bytes, have the size that their header tells, and stay until they
// are freed or the heap is rewound.
unsafe impl Allocator for Heap {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        self.state.borrow_mut().make(size, false)
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(size) = count.checked_mul(size) else { return null_mut() };
        self.state.borrow_mut().make(size, true)
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        if !block.is_null() {
            // SAFETY: the caller's promise.
            unsafe { self.state.borrow_mut().free(block) };
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        if block.is_null() {
            return self.alloc(size);
        }
        // SAFETY: the caller's promise.
        unsafe { self.state.borrow_mut().resize(block, size) }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        if block.is_null() {
            return 0;
        }
        // SAFETY: the caller's promise.
        unsafe { (*header(block)).size }
    }
}

#[cfg(test)]
mod tests;
