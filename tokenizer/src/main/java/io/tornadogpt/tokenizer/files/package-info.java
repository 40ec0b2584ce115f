/// Reads and writes the files in which tokenizers are kept: Hugging Face's, OpenAI's and
/// SentencePiece's.
@NullMarked
package io.tornadogpt.tokenizer.files;

import org.jspecify.annotations.NullMarked;
