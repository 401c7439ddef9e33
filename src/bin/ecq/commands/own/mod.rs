//! Codebooks of one's own: making the matcher, fitting a head, measuring both.

mod books;
mod draws;
mod eval;
mod fit;
mod leave_out;
mod train;

pub(crate) use self::eval::eval;
pub(crate) use self::fit::{fit, lay_head};
pub(crate) use self::train::train;
