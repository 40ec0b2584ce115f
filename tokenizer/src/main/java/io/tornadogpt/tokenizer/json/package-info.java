/// Tokenizer files as JSON: read with bounds and with messages that name the field, written as a
/// whole or not at all.
@NullMarked
package io.tornadogpt.tokenizer.json;

import org.jspecify.annotations.NullMarked;
