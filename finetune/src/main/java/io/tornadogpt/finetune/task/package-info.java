/// What a model is fine-tuned for, as tasks of the training loop.
@NullMarked
package io.tornadogpt.finetune.task;

import org.jspecify.annotations.NullMarked;
