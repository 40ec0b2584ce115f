/// The loops and tables of training vocabularies.
@NullMarked
package io.tornadogpt.tokenizer.training;

import org.jspecify.annotations.NullMarked;
