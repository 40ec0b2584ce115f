/// What a program computes on: shapes, element types, roles, and tensors stacked by layer.
@NullMarked
package io.tornadogpt.core.tensor;

import org.jspecify.annotations.NullMarked;
