//! The encoder's `config.json`.

use candle_transformers::models::bert::{Config, HiddenAct, PositionEmbeddingType};
use serde::Deserialize;

/// The numbers of a BERT-family encoder, by the names of its `config.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BertConfig {
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Length d of a hidden state.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads a layer; they share d evenly.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// `gelu` (the exact form) is what encoders of this family use.
    pub hidden_act: String,
    /// Rows of the position embedding: no text longer than this can be read.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    pub type_vocab_size: usize,
    /// Added to the variance before the root.
    pub layer_norm_eps: f64,
    /// Id of the padding token.
    #[serde(default)]
    pub pad_token_id: usize,
    /// `bert` for the family that is supported.
    #[serde(default)]
    pub model_type: Option<String>,
    /// `absolute` is supported.
    #[serde(default)]
    pub position_embedding_type: Option<String>,
}

impl BertConfig {
    /// Says what cannot be run, if anything.
    ///
    /// # Errors
    /// A sentence naming the field and what is supported.
    pub fn check(&self) -> Result<(), String> {
        if self
            .model_type
            .as_deref()
            .is_some_and(|kind| kind != "bert")
        {
            return Err(format!(
                "config.json: model_type {:?} is not supported, expected \"bert\"",
                self.model_type.as_deref().unwrap_or_default()
            ));
        }
        if self
            .position_embedding_type
            .as_deref()
            .is_some_and(|kind| kind != "absolute")
        {
            return Err("config.json: only absolute position embeddings are supported".to_owned());
        }
        if self.hidden_act != "gelu" {
            return Err(format!(
                "config.json: hidden_act {:?} is not supported, expected \"gelu\"",
                self.hidden_act
            ));
        }
        if self.num_attention_heads == 0
            || !self.hidden_size.is_multiple_of(self.num_attention_heads)
        {
            return Err(format!(
                "config.json: hidden_size {} does not divide into {} heads",
                self.hidden_size, self.num_attention_heads
            ));
        }
        Ok(())
    }
}

/// The same numbers as candle's reference implementation wants them.
#[must_use]
pub fn candle_config(config: &BertConfig) -> Config {
    Config {
        vocab_size: config.vocab_size,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.num_hidden_layers,
        num_attention_heads: config.num_attention_heads,
        intermediate_size: config.intermediate_size,
        hidden_act: HiddenAct::Gelu,
        hidden_dropout_prob: 0.0,
        max_position_embeddings: config.max_position_embeddings,
        type_vocab_size: config.type_vocab_size,
        initializer_range: 0.02,
        layer_norm_eps: config.layer_norm_eps,
        pad_token_id: config.pad_token_id,
        position_embedding_type: PositionEmbeddingType::Absolute,
        use_cache: false,
        classifier_dropout: None,
        model_type: config.model_type.clone(),
    }
}
