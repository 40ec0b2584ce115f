/// What all stages share: UTF-8, classes of characters, arrays that grow, and streams cut into
/// chunks.
@NullMarked
package io.tornadogpt.tokenizer.text;

import org.jspecify.annotations.NullMarked;
