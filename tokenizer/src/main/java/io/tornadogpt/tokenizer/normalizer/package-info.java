/// The first stage: text to the text that the vocabulary was made for, such as its lower case or a
/// Unicode normalization form.
@NullMarked
package io.tornadogpt.tokenizer.normalizer;

import org.jspecify.annotations.NullMarked;
