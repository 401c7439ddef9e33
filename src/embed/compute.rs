//! Which arithmetic the encoder runs in, and why.

use crate::embed::bert::BertEmbedder;
use crate::embed::config::BertConfig;
use crate::embed::fast::FastEmbedder;
use crate::embed::kernel::Kernels;
use crate::embed::read::EncoderFiles;
use crate::embed::{Embedder, encoder};
use crate::error::Result;

/// The arithmetic of the encoder's layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compute {
    /// Products of bytes, everything between them in 32-bit floats: the fastest, and the same labels in all
    /// but a few of a thousand decisions (`tests/suite/compute.rs` holds the bounds).
    #[default]
    Int8,
    /// 32-bit floats throughout.
    F32,
    /// candle's own layers in 32-bit floats: on any CPU, and what the others are checked against.
    Reference,
}

impl Compute {
    /// All of them, the fastest first.
    pub const ALL: [Self; 3] = [Self::Int8, Self::F32, Self::Reference];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Int8 => "int8",
            Self::F32 => "f32",
            Self::Reference => "reference",
        }
    }
}

/// What a request comes to on this CPU with this encoder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputePath {
    /// The arithmetic that runs.
    pub compute: Compute,
    /// The instruction set of the kernels; `candle` for the reference.
    pub kernels: &'static str,
    /// Why it is this one, in a clause.
    pub reason: String,
}

impl ComputePath {
    /// Chooses for an encoder of this shape.
    #[must_use]
    pub fn choose(requested: Compute, config: &BertConfig) -> Self {
        let reference = |reason: String| Self {
            compute: Compute::Reference,
            kernels: "candle",
            reason,
        };
        if requested == Compute::Reference {
            return reference("it was asked for".to_owned());
        }
        if let Err(reason) = encoder::check_shape(config) {
            return reference(format!("the encoder does not suit the kernels: {reason}"));
        }
        match Kernels::best() {
            None => {
                reference("this CPU has neither AVX-512 with VNNI nor AVX2 with FMA".to_owned())
            }
            Some(kernels) => Self {
                compute: requested,
                kernels: kernels.name(),
                reason: format!(
                    "the fastest kernels that this CPU runs are {}",
                    kernels.name()
                ),
            },
        }
    }
}

/// The encoder in the arithmetic asked for, or in the reference where that cannot run here; `n_threads` 0
/// means one worker a core.
///
/// # Errors
/// If a file is not usable or the tensors do not fit the configuration.
pub fn open_encoder(
    files: &EncoderFiles<'static>,
    compute: Compute,
    n_threads: usize,
) -> Result<Box<dyn Embedder>> {
    let path = ComputePath::choose(compute, &files.config()?);
    Ok(if path.compute == Compute::Reference {
        Box::new(BertEmbedder::from_files(files, n_threads)?)
    } else {
        Box::new(FastEmbedder::from_files(files, path.compute, n_threads)?)
    })
}

/// The vector instructions of this CPU that kernels could use, by their usual names.
#[must_use]
pub fn cpu_features() -> Vec<&'static str> {
    let mut features = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            ("sse4.2", is_x86_feature_detected!("sse4.2")),
            ("avx", is_x86_feature_detected!("avx")),
            ("avx2", is_x86_feature_detected!("avx2")),
            ("fma", is_x86_feature_detected!("fma")),
            ("f16c", is_x86_feature_detected!("f16c")),
            ("avx512f", is_x86_feature_detected!("avx512f")),
            ("avx512bw", is_x86_feature_detected!("avx512bw")),
            ("avx512dq", is_x86_feature_detected!("avx512dq")),
            ("avx512vl", is_x86_feature_detected!("avx512vl")),
            ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ];
        features.extend(known.iter().filter(|(_, has)| *has).map(|(name, _)| *name));
    }
    #[cfg(target_arch = "aarch64")]
    features.push("neon");
    features
}
