package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Part;

/// Qwen 2 and 2.5 (Yang et al., 2024): Llama with biases of queries, keys and values.
public final class Qwen2 implements Family {
    public static final Qwen2 FAMILY = new Qwen2();

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    32, 4096, 22016, 32, 32, 0, 151_936, 32_768, "hidden_act", "silu", false);

    private Qwen2() {}

    @Override
    public String modelType() {
        return "qwen2";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "Qwen2ForCausalLM";
            case Task.HiddenStates _ -> "Qwen2Model";
            case Task.Labels _ -> "Qwen2ForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        var biases = new GatedDecoder.Biases(true, false, false);
        return QwenWindow.read(config, KEYS.read(config, 0, biases));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        QwenWindow.write(a, config);
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
