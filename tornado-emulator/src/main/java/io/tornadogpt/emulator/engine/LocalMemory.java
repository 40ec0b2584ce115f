package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The shadows of the running group's local arrays. Groups allocate the same arrays one after the
/// other, so shadows are used again: what they know of an earlier group is older than the group.
final class LocalMemory {

    private final Monitor monitor;
    private final List<LocalShadow> shadows = new ArrayList<>();
    private Object[] arrays = new Object[4];
    private int size;

    LocalMemory(Monitor monitor) {
        this.monitor = monitor;
    }

    /// A launch begins.
    void clear() {
        shadows.clear();
        size = 0;
    }

    /// A group begins.
    void group() {
        size = 0;
    }

    /// The group has a new array.
    void add(Object array, int length) {
        if (size == arrays.length) {
            arrays = Arrays.copyOf(arrays, 2 * size);
        }
        if (size == shadows.size()) {
            shadows.add(new LocalShadow(monitor, length));
        } else if (shadows.get(size).length() != length) {
            shadows.set(size, new LocalShadow(monitor, length));
        }
        arrays[size++] = array;
    }

    @Nullable LocalShadow find(Object array) {
        for (int i = 0; i < size; i++) {
            if (arrays[i] == array) {
                return shadows.get(i);
            }
        }
        return null;
    }
}
