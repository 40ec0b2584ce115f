package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Part;

import java.util.Collections;

/// Mistral 7B and its successors of the same form (Jiang et al., 2023): Llama with a window, the
/// same in all layers.
public final class Mistral implements Family {
    public static final Mistral FAMILY = new Mistral();

    private static final String WINDOW = "sliding_window";
    private static final int DEFAULT_WINDOW = 4096;

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    32, 4096, 14336, 32, 8, 0, 32000, 131_072, "hidden_act", "silu", false);

    private Mistral() {}

    @Override
    public String modelType() {
        return "mistral";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "MistralForCausalLM";
            case Task.HiddenStates _ -> "MistralModel";
            case Task.Labels _ -> "MistralForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        Architecture all = KEYS.read(config, 0, GatedDecoder.Biases.NONE);
        if (config.isNull(WINDOW)) {
            return all;
        }
        int window = config.integer(WINDOW, DEFAULT_WINDOW);
        return all.withAttention(
                all.attention().withWindows(Collections.nCopies(all.layers(), window)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        int window = LayerTypes.window(a);
        if (window == 0) {
            config.putNull(WINDOW);
        } else if (LayerTypes.of(a).contains(false)) {
            throw new IllegalArgumentException(
                    "some layers have a window and some see all positions, but Mistral's files"
                            + " hold one window for all layers");
        } else {
            config.put(WINDOW, window);
        }
    }

    @Override
    public String prefix() {
        return Llama.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return Llama.FAMILY.module(part);
    }

    @Override
    public boolean ignores(String tensor) {
        return Llama.FAMILY.ignores(tensor);
    }
}
