package io.tornadogpt.sampler.grammar;

import java.util.function.IntUnaryOperator;

/// Something several times.
final class Repeats {
    private Repeats() {}

    /// @param least how often at least
    /// @param most how often at most, negative for no limit
    /// @param once writes it from a node and returns where it ends
    /// @return where all of them end
    static int emit(Automaton automaton, int from, int least, int most, IntUnaryOperator once) {
        int node = from;
        for (int i = 0; i < least; i++) {
            node = once.applyAsInt(node);
        }
        if (most < 0) {
            int loop = automaton.node();
            automaton.empty(node, loop);
            automaton.empty(once.applyAsInt(loop), loop);
            return loop;
        }
        int end = automaton.node();
        for (int i = least; i < most; i++) {
            automaton.empty(node, end);
            node = once.applyAsInt(node);
        }
        automaton.empty(node, end);
        return end;
    }
}
