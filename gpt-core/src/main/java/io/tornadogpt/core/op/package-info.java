/// The operations a program is made of: a sealed set of records that check their shapes when they
/// are made and know the operations of their own gradient.
///
/// | letter | meaning |
/// | --- | --- |
/// | B, T | sequences in a batch, positions in a sequence |
/// | C, H, D | channels, heads, head size (C = H x D) |
/// | V | vocabulary |
/// | M, N, K | rows, columns and inner dimension of a matrix product |
///
/// Gradients are named `d` + the forward name. Gradients of parameters are accumulated (`+=`),
/// gradients of activations assigned (`=`).
@NullMarked
package io.tornadogpt.core.op;

import org.jspecify.annotations.NullMarked;
