/// Tokenizers: text to token ids and back.
///
/// Start reading at [io.tornadogpt.tokenizer.Tokenizer]. Text travels as UTF-8 bytes inside this
/// package: [io.tornadogpt.tokenizer.CharTokenizer] turns each code point into one token, and every
/// tokenizer is loaded from and saved as Hugging Face's `tokenizer.json`.
@NullMarked
package io.tornadogpt.tokenizer;

import org.jspecify.annotations.NullMarked;
