//! Matrix products on slices: the one place that calls the `gemm` crate.

/// A matrix in a slice, with strides, so that a head's part of a row or a transpose needs no copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a> {
    data: &'a [f32],
    shape: Shape,
}

/// A matrix that a product is written to.
#[derive(Debug)]
pub(super) struct MatrixMut<'a> {
    data: &'a mut [f32],
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
struct Shape {
    n_rows: usize,
    n_columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Shape {
    fn new(len: usize, n_rows: usize, n_columns: usize, row_stride: usize) -> Self {
        assert!(n_rows > 0 && n_columns > 0, "a matrix has rows and columns");
        assert!(row_stride >= n_columns, "rows do not overlap");
        assert!(
            (n_rows - 1) * row_stride + n_columns <= len,
            "the matrix lies within its slice"
        );
        Self {
            n_rows,
            n_columns,
            row_stride,
            column_stride: 1,
        }
    }
}

impl<'a> Matrix<'a> {
    /// The (`n_rows`, `n_columns`) matrix whose rows start every `row_stride` numbers.
    ///
    /// # Panics
    /// If it is empty or reaches beyond the slice.
    pub(super) fn new(data: &'a [f32], n_rows: usize, n_columns: usize, row_stride: usize) -> Self {
        Self {
            data,
            shape: Shape::new(data.len(), n_rows, n_columns, row_stride),
        }
    }

    /// The (n, `n_columns`) matrix that fills the slice.
    pub(super) fn rows(data: &'a [f32], n_columns: usize) -> Self {
        Self::new(data, data.len() / n_columns, n_columns, n_columns)
    }

    /// The transpose, without a copy.
    pub(super) fn t(self) -> Self {
        let shape = self.shape;
        Self {
            data: self.data,
            shape: Shape {
                n_rows: shape.n_columns,
                n_columns: shape.n_rows,
                row_stride: shape.column_stride,
                column_stride: shape.row_stride,
            },
        }
    }
}

impl<'a> MatrixMut<'a> {
    /// As [`Matrix::new`].
    pub(super) fn new(
        data: &'a mut [f32],
        n_rows: usize,
        n_columns: usize,
        row_stride: usize,
    ) -> Self {
        let shape = Shape::new(data.len(), n_rows, n_columns, row_stride);
        Self { data, shape }
    }

    /// As [`Matrix::rows`].
    pub(super) fn rows(data: &'a mut [f32], n_columns: usize) -> Self {
        let n_rows = data.len() / n_columns;
        Self::new(data, n_rows, n_columns, n_columns)
    }

    /// Becomes `factor · a · b`.
    pub(super) fn set(self, a: Matrix<'_>, b: Matrix<'_>, factor: f32) {
        self.product(a, b, factor, false);
    }

    /// Adds `a · b`.
    pub(super) fn add(self, a: Matrix<'_>, b: Matrix<'_>) {
        self.product(a, b, 1.0, true);
    }

    fn product(self, a: Matrix<'_>, b: Matrix<'_>, factor: f32, keep: bool) {
        let to = self.shape;
        assert_eq!(a.shape.n_columns, b.shape.n_rows, "inner sizes agree");
        assert_eq!(
            (to.n_rows, to.n_columns),
            (a.shape.n_rows, b.shape.n_columns),
            "outer sizes agree"
        );
        #[allow(
            clippy::cast_possible_wrap,
            reason = "a stride is at most the length of a slice"
        )]
        let step = |stride: usize| stride as isize;
        #[allow(
            unsafe_code,
            reason = "the crate takes pointers; every shape was checked against its slice when it was made"
        )]
        // SAFETY: each pointer with its sizes and strides stays within its slice (`Shape::new`), sizes agree
        // (above), rows of the written matrix do not overlap, and a unique borrow cannot alias the others.
        unsafe {
            gemm::gemm(
                to.n_rows,
                to.n_columns,
                a.shape.n_columns,
                self.data.as_mut_ptr(),
                step(to.column_stride),
                step(to.row_stride),
                keep,
                a.data.as_ptr(),
                step(a.shape.column_stride),
                step(a.shape.row_stride),
                b.data.as_ptr(),
                step(b.shape.column_stride),
                step(b.shape.row_stride),
                1.0,
                factor,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_and_transposes_by_hand() {
        // Columns 1 and 2 of a (2, 3) matrix, times the transpose of a (2, 2) matrix.
        let a = [9.0, 1.0, 2.0, 9.0, 3.0, 4.0];
        let b = [1.0, 10.0, 100.0, 1000.0];
        let mut out = [1.0_f32; 6];
        let left = Matrix::new(&a[1..], 2, 2, 3);
        let right = Matrix::rows(&b, 2).t();
        MatrixMut::new(&mut out, 2, 2, 4).set(left, right, 2.0);
        assert_eq!(out, [42.0, 4200.0, 1.0, 1.0, 86.0, 8600.0]);
        MatrixMut::new(&mut out, 2, 2, 4).add(left, right);
        assert_eq!(out, [63.0, 6300.0, 1.0, 1.0, 129.0, 12900.0]);
    }

    #[test]
    #[should_panic(expected = "within its slice")]
    fn a_matrix_beyond_its_slice_is_refused() {
        let _ = Matrix::new(&[0.0; 5], 2, 3, 3);
    }
}
