@NullMarked
package io.tornadogpt.finetune.reward;

import org.jspecify.annotations.NullMarked;
