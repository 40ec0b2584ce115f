/// The fifth stage: tokens back to text.
@NullMarked
package io.tornadogpt.tokenizer.decoder;

import org.jspecify.annotations.NullMarked;
