/// Programs, what is made of them (gradients, fusions) and where their tensors lie in memory.
@NullMarked
package io.tornadogpt.core.program;

import org.jspecify.annotations.NullMarked;
