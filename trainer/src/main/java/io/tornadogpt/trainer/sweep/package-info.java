/// Many runs with different settings, and which of them was best: grids, random search and
/// successive halving, and a learning rate found in one short run.
@NullMarked
package io.tornadogpt.trainer.sweep;

import org.jspecify.annotations.NullMarked;
