/// Files of rows, and what they say: conversations, preferences, labeled texts.
@NullMarked
package io.tornadogpt.finetune.data;

import org.jspecify.annotations.NullMarked;
