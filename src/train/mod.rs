//! Training: the encoder and its heads, end to end, from annotated passages.

mod bert;
mod checkpoint;
mod config;
mod data;
mod fit;
mod flat;
mod loss;
mod matcher;
mod math;
mod ops;
mod optim;
mod random;
mod step;
mod tensors;
mod write;

pub use self::bert::{Dropout, Weights, embed, forward};
pub use self::config::{GroupWeights, TrainConfig, TrainFile};
pub use self::data::{TrainSet, read_train_set};
pub use self::fit::{Progress, fit, fit_head};
pub use self::loss::binary_cross_entropy;
pub use self::matcher::{Pairs, base_map, fit_own_head, fit_weights};
pub use self::random::Random;
pub use self::write::{ModelParts, write_matcher, write_model_dir};
