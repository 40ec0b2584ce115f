@NullMarked
package io.tornadogpt.finetune;

import org.jspecify.annotations.NullMarked;
