package io.tornadogpt.emulator.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The rounds of a kernel's `@Parallel` loops while it runs from the first to the last. What stands
/// around a loop counts as a round without a number at that depth.
final class Rounds {

    private static final int DEPTH = 3;
    private static final int NONE = Integer.MIN_VALUE;

    /// The variables of nested loops.
    private record Position(int x, int y, int z) {}

    private final Monitor monitor;
    private final List<String> variables;
    private final boolean oneNest;
    private final PrivateMemory memory = new PrivateMemory();

    private final int[] position = {NONE, NONE, NONE};
    private final boolean[] begun = new boolean[DEPTH];
    private final int[] turns = new int[DEPTH];
    private final int[] extents = new int[DEPTH];
    private final int[] around = new int[DEPTH];
    private final int[] arraysAround = new int[DEPTH];
    private int depth;

    private int[] positions = new int[DEPTH * 64];
    private int size;
    private int current;
    private long most;
    private int[] mostExtents = {};
    private boolean again;
    private final Map<Position, Integer> known = new HashMap<>();

    /// @param variables the names of the loops' variables, outer ones first
    /// @param oneNest whether all loops are nested
    Rounds(Monitor monitor, List<String> variables, boolean oneNest) {
        this.monitor = monitor;
        this.variables = variables;
        this.oneNest = oneNest;
        select();
    }

    /// A round begins, or may have begun before. The test that ends a loop counts as a round.
    void round(int level, int value) {
        if (level >= DEPTH || (depth > level && position[level] == value)) {
            return;
        }
        if (depth <= level) {
            begin(level);
        }
        turns[level]++;
        position[level] = value;
        depth = level + 1;
        for (int inner = depth; inner < DEPTH; inner++) {
            position[inner] = NONE;
            begun[inner] = false;
        }
        memory.keep(arraysAround[level]);
        select();
    }

    private void begin(int level) {
        if (begun[level] && !again) {
            again = true;
            for (int i = 0; i < size; i++) {
                known.putIfAbsent(at(i), i);
            }
        }
        begun[level] = true;
        turns[level] = 0;
        around[level] = current;
        arraysAround[level] = memory.size();
    }

    /// A loop has ended.
    void end(int level) {
        if (level >= DEPTH || depth <= level) {
            return;
        }
        extents[level] = Math.max(extents[level], turns[level] - 1);
        position[level] = NONE;
        depth = level;
        current = around[level];
        monitor.running(current);
        if (level == 0) {
            long all = 1;
            for (int extent : extents) {
                all *= Math.max(1, extent);
            }
            if (all > most) {
                most = all;
                mostExtents = extents.clone();
            }
            Arrays.fill(extents, 0);
        }
    }

    private void select() {
        if (again) {
            var here = new Position(position[0], position[1], position[2]);
            Integer before = known.putIfAbsent(here, size);
            if (before != null) {
                current = before;
                monitor.running(current);
                return;
            }
        }
        if (DEPTH * (size + 1) > positions.length) {
            positions = Arrays.copyOf(positions, 2 * positions.length);
        }
        System.arraycopy(position, 0, positions, DEPTH * size, DEPTH);
        current = size++;
        monitor.running(current);
    }

    private Position at(int round) {
        int first = DEPTH * round;
        return new Position(positions[first], positions[first + 1], positions[first + 2]);
    }

    int current() {
        return current;
    }

    int size() {
        return size;
    }

    /// The work-items that the loops ask for.
    long workItems() {
        return most;
    }

    /// The loops' lengths, as a sentence has it.
    String extents() {
        var text = new StringBuilder();
        for (int d = 0; d < mostExtents.length && mostExtents[d] > 0; d++) {
            text.append(d == 0 ? "" : " x ").append(mostExtents[d]);
        }
        return text.toString();
    }

    /// Whether a round stands around the present one.
    boolean isAround(int other) {
        boolean around = other != current;
        for (int d = 0; d < DEPTH; d++) {
            int value = positions[DEPTH * other + d];
            around &= value == NONE || value == position[d];
        }
        return around;
    }

    /// Whether the present code stands around a loop that is there, whether it has begun or not.
    boolean isRepeated() {
        return oneNest && depth < variables.size();
    }

    PrivateMemory privateMemory() {
        return memory;
    }

    String describe(int round) {
        var text = new StringBuilder();
        for (int d = 0; d < DEPTH; d++) {
            int value = positions[DEPTH * round + d];
            if (value != NONE) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(d < variables.size() ? variables.get(d) : "variable " + d)
                        .append(" = ")
                        .append(value);
            }
        }
        return text.isEmpty() ? "outside the @Parallel loops" : text.toString();
    }
}
