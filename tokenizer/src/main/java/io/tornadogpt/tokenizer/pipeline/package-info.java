/// The five stages together: what text goes through on its way to tokens and back, and the short
/// ways for the settings that most models use.
@NullMarked
package io.tornadogpt.tokenizer.pipeline;

import org.jspecify.annotations.NullMarked;
