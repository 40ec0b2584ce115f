@NullMarked
package io.tornadogpt.finetune.task;

import org.jspecify.annotations.NullMarked;
