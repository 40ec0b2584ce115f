package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.Op;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The list of cases that every backend is checked with. Sizes lie on, before and behind every
/// width that a vector or a tile may have, and at 1.
///
/// A backend's test runs them all:
///
/// ```java
/// @TestFactory
/// Stream<DynamicTest> everyOpMatchesTheReference() {
///     return OpCases.selected().stream()
///             .map(c -> dynamicTest(c.toString(), () -> OpCheck.run(backend, c).verify()));
/// }
/// ```
///
/// and `-Dtornadogpt.case='LayerNorm.Backward rows=3'` makes [#selected] those that start like
/// that.
public final class OpCases {
    private static final List<OpCase> ALL =
            Stream.of(
                            ElementwiseCases.all(),
                            ProductCases.all(),
                            NormalizationCases.all(),
                            AttentionCases.all(),
                            TokenCases.all(),
                            OptimizerCases.all())
                    .flatMap(List::stream)
                    .toList();

    private OpCases() {}

    /// All cases.
    public static List<OpCase> all() {
        return ALL;
    }

    /// The cases of one kind of operation, such as `LayerNorm.Backward.class`.
    public static List<OpCase> of(Class<? extends Op> kind) {
        return ALL.stream().filter(opCase -> kind.isInstance(opCase.op())).toList();
    }

    /// The kinds of operations that a backend implements: all but those from outside.
    public static Set<Class<?>> kinds() {
        return Arrays.stream(Op.class.getPermittedSubclasses())
                .filter(kind -> !kind.equals(CustomOp.class))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// The case that was printed as `printed`.
    ///
    /// @param printed name and seed: `MatMul m=17 n=33 k=31 #1`
    public static OpCase named(String printed) {
        int hash = printed.lastIndexOf(" #");
        String name = hash < 0 ? printed : printed.substring(0, hash);
        long seed = hash < 0 ? 1 : Long.parseLong(printed.substring(hash + 2));
        return ALL.stream()
                .filter(opCase -> opCase.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no op case '" + printed + "'"))
                .withSeed(seed);
    }

    /// Cases whose printed form starts with the system property `tornadogpt.case`; all without it.
    public static List<OpCase> selected() {
        String prefix = Objects.requireNonNullElse(System.getProperty("tornadogpt.case"), "");
        return ALL.stream().filter(opCase -> opCase.toString().startsWith(prefix)).toList();
    }
}
