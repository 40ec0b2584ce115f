/// SentencePiece's `.model` files and what it does with them: its own rules of white space and
/// unknown characters, which differ from Hugging Face's stages in the corners.
@NullMarked
package io.tornadogpt.tokenizer.sentencepiece;

import org.jspecify.annotations.NullMarked;
