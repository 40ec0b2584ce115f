package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;

import java.util.List;
import java.util.stream.IntStream;

/// The text model of Gemma 3 (Gemma Team, 2025): Gemma 2 with normalized queries and keys instead
/// of a cap, five layers with a window to one without, and rotary bases for either.
public final class Gemma3Text implements Family {
    public static final Gemma3Text FAMILY = new Gemma3Text();

    private static final String PATTERN = "sliding_window_pattern";
    private static final int DEFAULT_PATTERN = 6;
    private static final String THETA = "rope_theta";
    private static final String LOCAL_THETA = "rope_local_base_freq";
    private static final int GLOBAL = 0;
    private static final int LOCAL = 1;

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    26,
                    2304,
                    9216,
                    8,
                    4,
                    256,
                    262_208,
                    131_072,
                    Gemma2.ACTIVATION,
                    "gelu_pytorch_tanh",
                    true);

    private Gemma3Text() {}

    @Override
    public String modelType() {
        return "gemma3_text";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "Gemma3ForCausalLM";
            case Task.HiddenStates _ -> "Gemma3TextModel";
            case Task.Labels _ -> "Gemma3TextForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int pattern = config.integer(PATTERN, DEFAULT_PATTERN);
        Architecture read =
                Gemma2.decoder(
                        config,
                        KEYS,
                        new Gemma2.Caps(0, 0),
                        layer -> (layer + 1) % pattern != 0);
        return read.withAttention(read.attention().withHeadNorm(HeadNorm.EACH_HEAD))
                .withPosition(position(config, read));
    }

    private static Position position(ConfigDocument config, Architecture read)
            throws ModelFileException {
        int context = read.context();
        Position.Angles global =
                RotaryConfig.ofType(
                        config,
                        LayerTypes.FULL,
                        config.positive(THETA, 1_000_000),
                        RotaryConfig.scalingOf(config, context),
                        context);
        Position.Angles local =
                RotaryConfig.ofType(
                        config,
                        LayerTypes.SLIDING,
                        config.positive(LOCAL_THETA, RotaryConfig.BASE),
                        RotaryConfig.NO_SCALING,
                        context);
        return new Position.Rotary(
                read.attention().headSize(),
                false,
                List.of(global, local),
                kinds(read, GLOBAL, LOCAL));
    }

    /// Which kind of angles each layer has.
    static List<Integer> kinds(Architecture read, int global, int local) {
        return IntStream.range(0, read.layers())
                .mapToObj(layer -> read.window(layer) > 0 ? local : global)
                .toList();
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        Gemma2.writeDecoder(a, config);
        if (a.position() instanceof Position.Rotary rotary) {
            Position.Angles global = rotary.kinds().get(GLOBAL);
            Position.Angles local = rotary.kinds().get(LOCAL);
            RotaryConfig.writeType(LayerTypes.FULL, global, config);
            RotaryConfig.writeType(LayerTypes.SLIDING, local, config);
            config.put(THETA, global.base());
            config.put(LOCAL_THETA, local.base());
            RotaryConfig.writeScaling(global.scaling(), config);
        }
    }

    @Override
    public String prefix() {
        return Llama.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case QUERY_NORM, KEY_NORM -> Qwen3.FAMILY.module(part);
            default -> Gemma2.FAMILY.module(part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return Llama.FAMILY.ignores(tensor);
    }
}
