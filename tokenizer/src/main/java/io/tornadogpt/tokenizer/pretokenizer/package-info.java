/// The second stage: cuts text into the pieces, such as words, that the model turns into tokens one
/// by one.
@NullMarked
package io.tornadogpt.tokenizer.pretokenizer;

import org.jspecify.annotations.NullMarked;
