/// Tensors, ops, programs and the backends' interface.
@NullMarked
package io.tornadogpt.core;

import org.jspecify.annotations.NullMarked;
