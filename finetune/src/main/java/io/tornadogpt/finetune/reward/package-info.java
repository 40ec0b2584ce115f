/// What answers are worth, for tasks that learn by rewards.
@NullMarked
package io.tornadogpt.finetune.reward;

import org.jspecify.annotations.NullMarked;
