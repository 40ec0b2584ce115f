package io.tornadogpt.core.model;

import io.tornadogpt.core.model.GptConfig.Family;

import java.util.List;
import java.util.Map;

/// How a family's `config.json` calls the same things, and what `transformers` takes where a key is
/// missing.
///
/// @param modelType the value of `model_type`
/// @param architecture the class in `transformers` that has the head
/// @param layers key of the number of blocks, and so on
/// @param dropouts keys of three probabilities that are one here
/// @param aliases other names that `transformers` takes for a key
record ConfigKeys(
        Family family,
        String modelType,
        String architecture,
        Size layers,
        Size heads,
        Size channels,
        Size positions,
        String innerChannels,
        List<String> dropouts,
        double defaultDropout,
        Map<String, String> aliases) {

    /// A key that holds a size, and its default.
    record Size(String key, int otherwise) {}

    private static final List<ConfigKeys> ALL =
            List.of(
                    new ConfigKeys(
                            Family.GPT2,
                            "gpt2",
                            "GPT2LMHeadModel",
                            new Size("n_layer", 12),
                            new Size("n_head", 12),
                            new Size("n_embd", 768),
                            new Size("n_positions", 1024),
                            "n_inner",
                            List.of("resid_pdrop", "embd_pdrop", "attn_pdrop"),
                            0.1,
                            Map.of(
                                    "n_layer", "num_hidden_layers",
                                    "n_head", "num_attention_heads",
                                    "n_embd", "hidden_size",
                                    "n_positions", "max_position_embeddings")),
                    new ConfigKeys(
                            Family.GPT_NEO,
                            "gpt_neo",
                            "GPTNeoForCausalLM",
                            new Size("num_layers", 24),
                            new Size("num_heads", 16),
                            new Size("hidden_size", 2048),
                            new Size("max_position_embeddings", 2048),
                            "intermediate_size",
                            List.of("resid_dropout", "embed_dropout", "attention_dropout"),
                            0,
                            Map.of(
                                    "num_layers", "num_hidden_layers",
                                    "num_heads", "num_attention_heads")));

    static List<ConfigKeys> all() {
        return ALL;
    }

    static ConfigKeys of(Family family) {
        return ALL.stream().filter(keys -> keys.family == family).findFirst().orElseThrow();
    }

    /// A message of [GptConfig] in the words of this file.
    String inTheirWords(String message) {
        return message.replace("model.nLayer", layers.key)
                .replace("model.nHead", heads.key)
                .replace("model.nEmbd", channels.key)
                .replace("model.blockSize", positions.key)
                .replace("model.vocabSize", "vocab_size")
                .replace("model.dropout", dropouts.getFirst())
                .replace("layerNormEpsilon", "layer_norm_epsilon");
    }
}
