/// The fourth stage: puts the tokens that a model expects, such as one for the beginning of the
/// text, around those of the text.
@NullMarked
package io.tornadogpt.tokenizer.processor;

import org.jspecify.annotations.NullMarked;
