package io.tornadogpt.core.program;

import java.util.function.UnaryOperator;

/// A rewriting of programs, such as a fusion. What a program computes stays the same.
@FunctionalInterface
public interface Pass extends UnaryOperator<Program> {}
