package io.tornadogpt.sampler.grammar;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The states of an automaton as a text goes on, made when they are first reached and numbered: in
/// each, all places where the automaton may be. Of too many, those before are forgotten.
///
/// Used by one thread at a time.
final class States {
    /// No text goes on like that.
    static final int DEAD = -1;

    private static final int UNKNOWN = -2;
    private static final int MOST_STATES = 8192;
    private static final int MOST_PLACES = 512; // in a state

    /// Places looked at for one token: a tenth of a second, which others may have to wait.
    private static final long MOST_WORK_A_TOKEN = 4_000_000;

    private static final long MOST_WORK = 100_000_000;
    private static final int DEEPEST = 48;

    /// A place: a node, and the calls that led to it.
    private record Place(int node, @Nullable Call call) {}

    /// Calls are compared by identity: of equal ones there is one.
    private static final class Call {
        private final int returnTo;
        private final @Nullable Call outer;
        private final int depth;
        private final Map<Integer, Call> inner = new HashMap<>();

        Call(int returnTo, @Nullable Call outer) {
            this.returnTo = returnTo;
            this.outer = outer;
            depth = outer == null ? 0 : outer.depth + 1;
        }

        Call inner(int node) {
            return inner.computeIfAbsent(node, n -> new Call(n, this));
        }
    }

    private record State(List<Place> places, boolean accepts, int[] next) {}

    private final Automaton automaton;
    private final int[] leastDepths;
    private final Call outermost = new Call(-1, null);
    private final List<State> states = new ArrayList<>();
    private final Map<Set<Place>, Integer> numbers = new HashMap<>();
    private int generation;
    private long work;
    private long workOfToken;

    /// @throws GrammarException if no text at all is allowed, or too many at once
    States(Automaton automaton, int start, int... leastDepths) {
        this.automaton = automaton;
        this.leastDepths = leastDepths;
        var closure = new Closure();
        closure.add(start, outermost);
        if (closure.finish() == DEAD) {
            throw new GrammarException("the schema allows no value at all; change it");
        }
    }

    /// The state before any text.
    int start() {
        return 0;
    }

    /// How often states were forgotten: numbers from before mean nothing then, but that of the
    /// state that [#keep] was called with, which is 0.
    int generation() {
        return generation;
    }

    /// Makes room for more states, where there is little left.
    ///
    /// @param state the one that goes on
    /// @return its number from now on
    int keep(int state) {
        workOfToken = 0;
        if (states.size() < MOST_STATES / 2) {
            return state;
        }
        State kept = states.get(state);
        kept.places().forEach(place -> forgetInner(place.call()));
        kept.places().forEach(place -> linkInner(place.call()));
        Arrays.fill(kept.next(), UNKNOWN);
        states.clear();
        numbers.clear();
        states.add(kept);
        numbers.put(new LinkedHashSet<>(kept.places()), 0);
        generation++;
        return 0;
    }

    private static void forgetInner(@Nullable Call call) {
        for (Call each = call; each != null; each = each.outer) {
            each.inner.clear();
        }
    }

    private static void linkInner(@Nullable Call call) {
        for (Call each = call; each != null && each.outer != null; each = each.outer) {
            each.outer.inner.put(each.returnTo, each);
        }
    }

    private void countWork() {
        work++;
        workOfToken++;
        if (workOfToken > MOST_WORK_A_TOKEN || work > MOST_WORK) {
            throw new GrammarException(
                    "the schema takes too long to follow; make its alternatives differ earlier");
        }
    }

    /// Whether the text may end.
    boolean accepts(int state) {
        return states.get(state).accepts();
    }

    /// The state after one byte more, or [#DEAD].
    int next(int state, int b) {
        State from = states.get(state);
        int next = from.next()[b];
        if (next == UNKNOWN) {
            var closure = new Closure();
            for (Place place : from.places()) {
                closure.step(place, b);
            }
            next = closure.finish();
            from.next()[b] = next;
        }
        return next;
    }

    /// All places that are reached without another byte. Only those from which bytes go on are
    /// kept.
    private final class Closure {
        private final Set<Place> seen = new LinkedHashSet<>();
        private final List<Place> work = new ArrayList<>();
        private boolean accepts;

        void step(Place place, int b) {
            countWork();
            for (int edge = automaton.firstEdge(place.node());
                    edge >= 0;
                    edge = automaton.nextEdge(edge)) {
                if (automaton.kind(edge) == Automaton.BYTES
                        && automaton.first(edge) <= b
                        && automaton.last(edge) >= b) {
                    add(automaton.target(edge), place.call());
                }
            }
        }

        void add(int node, @Nullable Call call) {
            int depth = call == null ? 0 : call.depth;
            countWork();
            boolean room = leastDepths[node] <= DEEPEST - depth; // infinite depths too
            var place = new Place(node, call);
            if (room && seen.add(place)) {
                if (seen.size() > MOST_PLACES) {
                    throw new GrammarException(
                            "the schema allows too many ways to go on at once, more than %d; make"
                                            .formatted(MOST_PLACES)
                                    + " its alternatives differ earlier");
                }
                work.add(place);
            }
        }

        int finish() {
            var places = new LinkedHashSet<Place>();
            while (!work.isEmpty()) {
                follow(work.removeLast(), places);
            }
            if (places.isEmpty() && !accepts) {
                return DEAD;
            }
            return number(places);
        }

        private void follow(Place place, Set<Place> places) {
            Call call = place.call();
            if (automaton.isEnd(place.node()) && call != null) {
                if (call == outermost) {
                    accepts = true;
                } else {
                    add(call.returnTo, call.outer);
                }
            }
            boolean goesOn = false;
            for (int edge = automaton.firstEdge(place.node());
                    edge >= 0;
                    edge = automaton.nextEdge(edge)) {
                switch (automaton.kind(edge)) {
                    case Automaton.EMPTY -> add(automaton.target(edge), call);
                    case Automaton.CALL -> {
                        if (call != null
                                && leastDepths[automaton.target(edge)] <= DEEPEST - call.depth) {
                            add(automaton.first(edge), call.inner(automaton.target(edge)));
                        }
                    }
                    default -> goesOn = true;
                }
            }
            if (goesOn) {
                places.add(place);
            }
        }

        private int number(Set<Place> places) {
            // A state accepts by its places and by how it was reached; both make it.
            if (accepts) {
                places.add(new Place(-1, null));
            }
            Integer known = numbers.get(places);
            if (known != null) {
                return known;
            }
            if (states.size() >= MOST_STATES) {
                throw new GrammarException(
                        "the schema has too many states within one token, more than %d; make it"
                                        .formatted(MOST_STATES)
                                + " smaller");
            }
            int number = states.size();
            numbers.put(places, number);
            var real = new ArrayList<>(places);
            real.removeIf(place -> place.node() < 0);
            int[] next = new int[256];
            Arrays.fill(next, UNKNOWN);
            states.add(new State(real, accepts, next));
            return number;
        }
    }
}
