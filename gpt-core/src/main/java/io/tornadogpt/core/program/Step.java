package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;

/// One operation of an unrolled program, at one layer.
public record Step(Op op, int layer) {}
