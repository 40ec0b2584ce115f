package io.tornadogpt.core.model;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.core.model.family.ConfigDocument;

import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Keys of a `config.json` that change nothing that is computed here, but that other programs read:
/// how weights were initialized, what is dropped in training by means that are not supported, what
/// a program of `transformers` returns. They are written back as they were read.
final class KeptKeys {
    private static final Set<String> NAMES =
            Set.of(
                    "_name_or_path",
                    "chunk_size_feed_forward",
                    "classifier_dropout",
                    "classifier_dropout_prob",
                    "deterministic_flash_attn",
                    "gradient_checkpointing",
                    "init_std",
                    "initializer_cutoff_factor",
                    "initializer_factor",
                    "initializer_range",
                    "layerdrop",
                    "n_ctx",
                    "output_attentions",
                    "output_hidden_states",
                    "pretraining_tp",
                    "problem_type",
                    "qa_dropout",
                    "reference_compile",
                    "repad_logits_with_grad",
                    "seq_classif_dropout",
                    "sinusoidal_pos_embds",
                    "sparse_pred_ignore_index",
                    "sparse_prediction",
                    "summary_activation",
                    "summary_first_dropout",
                    "summary_proj_to_labels",
                    "summary_type",
                    "summary_use_proj",
                    "task_specific_params",
                    "tokenizer_class",
                    "use_cache");

    private static final String TOKEN = "_token_id";

    private KeptKeys() {}

    /// The special tokens of a configuration: every key that ends in `_token_id`, a number, a list
    /// of numbers, or null where the model has none.
    static Map<String, JsonNode> specialTokens(ConfigDocument document) {
        var tokens = new TreeMap<String, JsonNode>();
        for (Iterator<String> keys = document.keys(); keys.hasNext(); ) {
            String key = keys.next();
            JsonNode value = document.get(key);
            if (key.endsWith(TOKEN) && isTokens(value)) {
                tokens.put(key, value);
            }
        }
        return tokens;
    }

    private static boolean isTokens(JsonNode value) {
        if (value.isArray()) {
            for (JsonNode element : value) {
                if (!element.isIntegralNumber()) {
                    return false;
                }
            }
            return true;
        }
        return value.isIntegralNumber() || value.isNull();
    }

    /// All other keys that are kept.
    static Map<String, JsonNode> of(ConfigDocument document) {
        var kept = new TreeMap<String, JsonNode>();
        for (Iterator<String> keys = document.keys(); keys.hasNext(); ) {
            String key = keys.next();
            if (NAMES.contains(key)) {
                kept.put(key, document.get(key));
            }
        }
        return kept;
    }
}
