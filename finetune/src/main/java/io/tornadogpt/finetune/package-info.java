/// Fine-tuning: how it is begun and resumed, and its settings.
@NullMarked
package io.tornadogpt.finetune;

import org.jspecify.annotations.NullMarked;
