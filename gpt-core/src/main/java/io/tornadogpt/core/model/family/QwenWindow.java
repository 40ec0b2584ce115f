package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;

import java.util.List;

/// Windows of Qwen 2 and 3: layers from `max_window_layers` on have them, and only where
/// `use_sliding_window` says so; `layer_types` says it layer by layer.
final class QwenWindow {
    private static final String USED = "use_sliding_window";
    private static final String WINDOW = "sliding_window";
    private static final String FIRST = "max_window_layers";
    private static final int DEFAULT_WINDOW = 4096;
    private static final int DEFAULT_FIRST = 28;

    private QwenWindow() {}

    static Architecture read(ConfigDocument config, Architecture all) throws ModelFileException {
        boolean used = config.flag(USED, false) && !config.isNull(WINDOW);
        int first = first(config);
        List<Boolean> sliding =
                LayerTypes.read(config, all.layers(), layer -> used && layer >= first);
        if (!sliding.contains(true)) {
            return all;
        }
        if (!used) {
            throw config.bad(
                    LayerTypes.KEY,
                    "has layers with a window, but %s is %s and %s is %s"
                            .formatted(USED, config.shown(USED), WINDOW, config.shown(WINDOW)));
        }
        int window = config.integer(WINDOW, DEFAULT_WINDOW);
        return all.withAttention(
                all.attention().withWindows(LayerTypes.windows(sliding, window)));
    }

    /// The first layer that may have a window; 0 is a value here.
    private static int first(ConfigDocument config) throws ModelFileException {
        double first = config.number(FIRST, DEFAULT_FIRST);
        if (first < 0 || first != Math.rint(first)) {
            throw config.bad(
                    FIRST, "is %s; expected a number of layers".formatted(config.shown(FIRST)));
        }
        return (int) Math.min(first, Integer.MAX_VALUE);
    }

    static void write(Architecture a, ObjectNode config) {
        int window = LayerTypes.window(a);
        List<Boolean> sliding = LayerTypes.of(a);
        config.put(USED, window > 0);
        if (window > 0) {
            config.put(WINDOW, window);
        } else {
            config.putNull(WINDOW);
        }
        config.put(FIRST, window > 0 ? sliding.indexOf(true) : a.layers());
        LayerTypes.write(sliding, config);
    }
}
