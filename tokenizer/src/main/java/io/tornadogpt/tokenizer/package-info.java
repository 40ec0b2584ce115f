/// Tokenizers: text to token ids and back.
///
/// Start reading at [io.tornadogpt.tokenizer.Tokenizer]. Text travels as UTF-8 bytes inside this
/// package: [io.tornadogpt.tokenizer.CharTokenizer] turns each code point into one token, and
/// byte-level BPE, whose merges [io.tornadogpt.tokenizer.BpeTrainer] learns, merges bytes as GPT-2
/// does. Every tokenizer can be saved as Hugging Face's `tokenizer.json`.
@NullMarked
package io.tornadogpt.tokenizer;

import org.jspecify.annotations.NullMarked;
