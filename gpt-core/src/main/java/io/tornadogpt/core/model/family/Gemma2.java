package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Norms.Placement;
import io.tornadogpt.core.model.arch.Part;

import java.util.List;
import java.util.function.IntPredicate;

/// Gemma 2 (Gemma Team, 2024): Gemma with norms before and after attention and MLP, caps of scores
/// and logits, and a window in every other layer.
public final class Gemma2 implements Family {
    public static final Gemma2 FAMILY = new Gemma2();

    static final String ACTIVATION = "hidden_activation";
    private static final String SCORES = "query_pre_attn_scalar";
    private static final String SCORE_CAP = "attn_logit_softcapping";
    private static final String LOGIT_CAP = "final_logit_softcapping";
    private static final String WINDOW = "sliding_window";
    private static final int DEFAULT_WINDOW = 4096;

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    26,
                    2304,
                    9216,
                    8,
                    4,
                    256,
                    256_000,
                    8192,
                    ACTIVATION,
                    "gelu_pytorch_tanh",
                    true);

    private Gemma2() {}

    @Override
    public String modelType() {
        return "gemma2";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "Gemma2ForCausalLM";
            case Task.HiddenStates _ -> "Gemma2Model";
            case Task.Labels _ -> "Gemma2ForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        return decoder(config, KEYS, new Caps(50, 30), layer -> layer % 2 == 0);
    }

    /// Caps where none are said.
    record Caps(double scores, double logits) {}

    /// What Gemma 2 and 3 have in common.
    ///
    /// @param sliding whether a layer has a window, where nothing is said
    static Architecture decoder(
            ConfigDocument config, GatedDecoder keys, Caps caps, IntPredicate sliding)
            throws ModelFileException {
        Architecture read = Gemma.decoder(config, keys);
        double scores = config.positive(SCORES, 256);
        List<Boolean> windowed = LayerTypes.read(config, read.layers(), sliding);
        boolean any = windowed.contains(true);
        if (any && config.isNull(WINDOW)) {
            throw config.bad(WINDOW, "is null, but some layers have a window");
        }
        int window = any ? config.integer(WINDOW, DEFAULT_WINDOW) : 0;
        return read.withNorms(new Norms(read.norms().kind(), Placement.BOTH, false, false, true))
                .withHead(new Head(null, false, cap(config, LOGIT_CAP, caps.logits)))
                .withAttention(
                        read.attention()
                                .withScale(
                                        1 / Math.sqrt(scores),
                                        cap(config, SCORE_CAP, caps.scores))
                                .withWindows(LayerTypes.windows(windowed, window)));
    }

    private static double cap(ConfigDocument config, String key, double otherwise)
            throws ModelFileException {
        return config.isNull(key) || !config.has(key) && otherwise == 0
                ? 0
                : config.positive(key, otherwise);
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        writeDecoder(a, config);
    }

    static void writeDecoder(Architecture a, ObjectNode config) {
        config.put(Gemma.BIAS, a.attention().queryBias());
        Gemma.writeActivation(a, ACTIVATION, config);
        writeScores(a.attention().scale(), config);
        writeCap(SCORE_CAP, a.attention().scoreCap(), config);
        writeCap(LOGIT_CAP, a.head().logitCap(), config);
        int window = LayerTypes.window(a);
        config.put(WINDOW, window == 0 ? DEFAULT_WINDOW : window);
        LayerTypes.write(LayerTypes.of(a), config);
    }

    /// A whole number where it is one, as transformers 5 expects it.
    private static void writeScores(double scale, ObjectNode config) {
        double scores = 1 / (scale * scale);
        double rounded = Math.rint(scores);
        if (1 / Math.sqrt(rounded) == scale) {
            config.put(SCORES, (long) rounded);
        } else {
            config.put(SCORES, scores);
        }
    }

    private static void writeCap(String key, double cap, ObjectNode config) {
        if (cap == 0) {
            config.putNull(key);
        } else {
            config.put(key, cap);
        }
    }

    @Override
    public String prefix() {
        return Llama.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case ATTENTION_POST_NORM -> "model.layers.*.post_attention_layernorm";
            case MLP_NORM -> "model.layers.*.pre_feedforward_layernorm";
            case MLP_POST_NORM -> "model.layers.*.post_feedforward_layernorm";
            default -> Llama.FAMILY.module(part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return Llama.FAMILY.ignores(tensor);
    }
}
