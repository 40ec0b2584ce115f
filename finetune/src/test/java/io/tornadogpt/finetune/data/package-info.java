@NullMarked
package io.tornadogpt.finetune.data;

import org.jspecify.annotations.NullMarked;
