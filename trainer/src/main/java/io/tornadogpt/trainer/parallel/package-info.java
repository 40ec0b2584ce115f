/// Several processes that train one model: how they add up gradients in an order that does not
/// depend on their number, and divide the optimizer among them. How they talk to each other is for
/// a [io.tornadogpt.trainer.parallel.Communicator] to know.
@NullMarked
package io.tornadogpt.trainer.parallel;

import org.jspecify.annotations.NullMarked;
