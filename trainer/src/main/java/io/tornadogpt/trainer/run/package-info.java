/// A run and its directory: begun, trained, stopped, resumed. Start at
/// [io.tornadogpt.trainer.run.Runs], or at [io.tornadogpt.trainer.run.Trainer] for data at hand.
@NullMarked
package io.tornadogpt.trainer.run;

import org.jspecify.annotations.NullMarked;
