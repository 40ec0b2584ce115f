/// The third stage: turns each piece of text into tokens of a vocabulary.
@NullMarked
package io.tornadogpt.tokenizer.model;

import org.jspecify.annotations.NullMarked;
