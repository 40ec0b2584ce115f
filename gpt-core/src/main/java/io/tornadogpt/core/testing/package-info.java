/// How a backend is checked: one list of operations with shapes and values ([OpCases]), and what
/// runs a case on a backend and compares it with the reference ([OpCheck]).
///
/// It is part of the module, not of its tests, because other modules' tests, the benchmarks, the
/// table of supported operations and authors of further backends use the same list.
@NullMarked
package io.tornadogpt.core.testing;

import org.jspecify.annotations.NullMarked;
