/// Random numbers that are a function of where they are used, equal on every device.
@NullMarked
package io.tornadogpt.core.random;

import org.jspecify.annotations.NullMarked;
