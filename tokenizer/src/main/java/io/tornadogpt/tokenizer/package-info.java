/// Character and byte-level BPE tokenizers.
@NullMarked
package io.tornadogpt.tokenizer;

import org.jspecify.annotations.NullMarked;
