/// A training step and the loop around it, evaluation, and what both will take: memory and
/// floating-point operations. Knows sessions and batches, but no directory.
@NullMarked
package io.tornadogpt.trainer.loop;

import org.jspecify.annotations.NullMarked;
