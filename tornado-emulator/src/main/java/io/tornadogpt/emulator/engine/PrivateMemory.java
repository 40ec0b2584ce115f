package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// The private arrays of a work-item. Of very many, only the newest are watched.
final class PrivateMemory {

    private static final int MOST = 64;

    private Object[] arrays = {};
    private PrivateShadow[] shadows = {};
    private int size;

    PrivateShadow add(Monitor monitor, Object array, int length) {
        var shadow = new PrivateShadow(monitor, length);
        if (size == arrays.length) {
            if (size == MOST) {
                System.arraycopy(arrays, 1, arrays, 0, --size);
                System.arraycopy(shadows, 1, shadows, 0, size);
            } else {
                int more = Math.max(4, 2 * size);
                arrays = Arrays.copyOf(arrays, more);
                shadows = Arrays.copyOf(shadows, more);
            }
        }
        arrays[size] = array;
        shadows[size++] = shadow;
        return shadow;
    }

    @Nullable PrivateShadow find(Object array) {
        for (int i = size - 1; i >= 0; i--) {
            if (arrays[i] == array) {
                return shadows[i];
            }
        }
        return null;
    }

    int size() {
        return size;
    }

    /// Forgets all but the oldest arrays.
    void keep(int oldest) {
        size = Math.min(size, oldest);
    }
}
