/// The training loop and what it reads and writes.
@NullMarked
package io.tornadogpt.trainer;

import org.jspecify.annotations.NullMarked;
