@NullMarked
package io.tornadogpt.chat;

import org.jspecify.annotations.NullMarked;
