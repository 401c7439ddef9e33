//! Memory that vectors read in whole cache lines.

/// Elements of a cache line.
const LINE: usize = 16;

/// A cache line of 32-bit elements.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line<T>([T; LINE]);

/// 32-bit numbers that begin at a cache line.
#[derive(Clone)]
pub(crate) struct Aligned<T> {
    lines: Vec<Line<T>>,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// `len` zeros.
    pub(crate) fn new(len: usize) -> Self {
        const { assert!(size_of::<Line<T>>() == LINE * size_of::<T>()) };
        Self {
            lines: vec![Line([T::default(); LINE]); len.div_ceil(LINE)],
            len,
        }
    }
}

impl<T> std::ops::Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the lines are arrays of LINE elements without padding between (asserted in `new`), and
        // there are at least `len` elements in them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<T> std::ops::DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as above, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}
