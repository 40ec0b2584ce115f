package io.tornadogpt.core.model.gguf;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.gguf.GgufWriter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Says of a model what GGUF files say, and refuses one that programs which read them would compute
/// otherwise.
public final class GgufConfigWriter {
    /// A key of ours: whether a GPT-2 has biases. They are written in any case, zero where it has
    /// none.
    static final String BIAS = "tornadogpt.bias";

    /// The 27B models scale scores by the width of a head that they do not have.
    static final int LARGE_GEMMA2_LAYERS = 46;

    static final int LARGE_GEMMA3_LAYERS = 62;

    private final ModelConfig model;
    private final Architecture a;
    private final GgufArchitecture architecture;
    private final GgufWriter out;
    private final List<String> remarks = new ArrayList<>();

    private GgufConfigWriter(ModelConfig model, GgufWriter out) {
        this.model = model;
        this.a = model.architecture();
        this.architecture = GgufArchitecture.of(model.family());
        this.out = out;
    }

    /// Writes what a file says of its model.
    ///
    /// @return what the file cannot say, in sentences for whoever asked for it
    /// @throws IllegalArgumentException for a model that such files cannot hold
    public static List<String> write(ModelConfig model, GgufWriter out) {
        var writer = new GgufConfigWriter(model, out);
        writer.check();
        writer.write();
        return writer.remarks;
    }

    /// The factors of [RotaryScaling.Llama3], which are a tensor of their own; null for a model
    /// that has none.
    public static float @Nullable [] ropeFactors(Architecture architecture) {
        return architecture.position() instanceof Position.Rotary rotary
                        && rotary.kinds().getFirst().scaling()
                                instanceof RotaryScaling.Llama3 llama3
                ? RopeFactors.of(rotary.kinds().getFirst(), llama3, rotary.size())
                : null;
    }

    private void check() {
        AttentionShape attention = a.attention();
        boolean encoder = architecture == GgufArchitecture.BERT;
        require(!(model.task() instanceof Task.Labels), "has a head for labels");
        require(
                encoder || a.embedding().tied() || model.task() instanceof Task.Tokens,
                "has no head for tokens");
        require(isPlainScale(), "scales scores by " + a.attention().scale());
        require(
                allowedActivations().contains(a.mlp().activation()),
                "has the activation " + a.mlp().activation());
        require(
                architecture.isGemma() || a.embedding().scale() == 1,
                "scales its embedding by " + a.embedding().scale());
        switch (architecture) {
            case FALCON -> {
                require(a.position() instanceof Position.Rotary, "knows positions by ALiBi");
                require(a.form() != BlockForm.SEQUENTIAL, "has sequential blocks");
                require(!a.mlp().bias() && !attention.outputBias(), "has biases");
            }
            case GPTNEOX -> require(attention.queryBias(), "has no biases in its attention");
            case PHI2 ->
                    require(attention.headNorm() == HeadNorm.NONE, "normalizes queries and keys");
            case QWEN2 -> require(!attention.outputBias(), "has biases in its attention");
            case QWEN3 -> require(!attention.queryBias(), "has biases in its attention");
            case GEMMA, GEMMA2, GEMMA3 -> {
                require(!attention.queryBias(), "has biases in its attention");
                require(a.embedding().tied(), "has a head of its own");
                require(
                        architecture != GgufArchitecture.GEMMA2
                                || attention.scoreCap() > 0 && a.head().logitCap() > 0,
                        "has no caps");
                require(
                        architecture != GgufArchitecture.GEMMA3
                                || attention.scoreCap() == 0 && a.head().logitCap() == 0,
                        "has caps");
            }
            default -> {}
        }
        checkPositions();
    }

    private boolean isPlainScale() {
        double usual = 1 / Math.sqrt(a.attention().headSize());
        boolean large =
                architecture == GgufArchitecture.GEMMA2 && a.layers() == LARGE_GEMMA2_LAYERS
                        || architecture == GgufArchitecture.GEMMA3
                                && a.layers() == LARGE_GEMMA3_LAYERS;
        if (large) {
            usual = 1 / Math.sqrt((double) a.width() / a.attention().heads());
        }
        return Math.abs(a.attention().scale() / usual - 1) < 1e-6;
    }

    /// llama.cpp's GELU is the approximation by tanh; models of the exact one are computed with it
    /// too.
    private Set<Function> allowedActivations() {
        return switch (architecture) {
            case LLAMA, QWEN2, QWEN3 -> Set.of(Function.SILU);
            case GPT2, PHI2, GEMMA, GEMMA2, GEMMA3 -> Set.of(Function.GELU_TANH);
            case FALCON, GPTNEOX, BERT -> Set.of(Function.GELU);
        };
    }

    private void checkPositions() {
        if (!(a.position() instanceof Position.Rotary rotary)) {
            return;
        }
        for (Position.Angles angles : rotary.kinds()) {
            switch (angles.scaling()) {
                case RotaryScaling.None _, RotaryScaling.Linear _ -> {}
                case RotaryScaling.Llama3 llama3 ->
                        require(
                                architecture == GgufArchitecture.LLAMA
                                        && llama3.low() == 1
                                        && llama3.high() == 4,
                                "scales rotary angles by " + llama3);
                case RotaryScaling.Yarn yarn ->
                        require(
                                yarn.fast() == 32
                                        && yarn.slow() == 1
                                        && yarn.truncated()
                                        && yarn.attention()
                                                == RotaryScaling.Yarn.attention(yarn.factor()),
                                "scales rotary angles by " + yarn);
                case RotaryScaling.Dynamic dynamic ->
                        require(false, "scales rotary angles by " + dynamic);
            }
        }
        if (rotary.kinds().size() > 1) {
            require(
                    rotary.kinds().getLast().scaling() instanceof RotaryScaling.None,
                    "scales rotary angles of layers with a window");
        }
    }

    private void require(boolean expressible, String problem) {
        if (!expressible) {
            throw new IllegalArgumentException(
                    "the model %s, which programs that read GGUF files do not compute for %s; save it as a Hugging Face directory instead"
                            .formatted(problem, architecture.key()));
        }
    }

    private void write() {
        out.text(GgufConfigReader.ARCHITECTURE, architecture.key());
        integer("vocab_size", a.vocabulary());
        integer("context_length", context());
        integer("embedding_length", a.width());
        integer("block_count", a.layers());
        integer("feed_forward_length", a.mlp().hidden());
        integer("attention.head_count", a.attention().heads());
        integer("attention.head_count_kv", a.attention().keyValueHeads());
        if (a.norms().kind() instanceof Norm.Rms) {
            out.number(key("attention.layer_norm_rms_epsilon"), a.norms().kind().epsilon());
            integer("attention.key_length", a.attention().headSize());
            integer("attention.value_length", a.attention().headSize());
        } else {
            out.number(key("attention.layer_norm_epsilon"), a.norms().kind().epsilon());
        }
        rotary();
        switch (architecture) {
            case GPT2 -> {
                if (!a.mlp().bias()) {
                    out.flag(BIAS, false);
                }
            }
            case GPTNEOX ->
                    out.flag(
                            key("use_parallel_residual"), a.form() == BlockForm.PARALLEL_TWO_NORMS);
            case GEMMA2 -> {
                out.number(key("attn_logit_softcapping"), a.attention().scoreCap());
                out.number(key("final_logit_softcapping"), a.head().logitCap());
            }
            case BERT -> {
                out.flag(key("attention.causal"), false);
                out.integer("tokenizer.ggml.token_type_count", a.embedding().tokenTypes());
                if (model.task() instanceof Task.Tokens || a.head().labels().pooler()) {
                    remarks.add(
                            "GGUF files hold an encoder alone: its pooler and its head for masked"
                                    + " tokens were left out");
                }
            }
            default -> {}
        }
    }

    private void rotary() {
        if (!(a.position() instanceof Position.Rotary rotary)) {
            return;
        }
        Position.Angles angles = rotary.kinds().getFirst();
        integer("rope.dimension_count", rotary.size());
        out.number(key("rope.freq_base"), angles.base());
        if (rotary.kinds().size() > 1) {
            out.number(key("rope.freq_base_swa"), rotary.kinds().getLast().base());
        }
        switch (angles.scaling()) {
            case RotaryScaling.Linear(double factor) -> {
                out.text(key("rope.scaling.type"), "linear");
                out.number(key("rope.scaling.factor"), factor);
            }
            case RotaryScaling.Yarn yarn -> {
                out.text(key("rope.scaling.type"), "yarn");
                out.number(key("rope.scaling.factor"), yarn.factor());
                integer("rope.scaling.original_context_length", yarn.trained());
            }
            default -> {}
        }
    }

    /// The longest text that is computed as the model does it: without windows, where the file
    /// cannot say them.
    private int context() {
        List<Integer> windows = a.attention().windows();
        if (windows.isEmpty()) {
            return a.context();
        }
        int smallest =
                windows.stream().filter(each -> each > 0).min(Integer::compare).orElseThrow();
        boolean gemma =
                architecture == GgufArchitecture.GEMMA2 || architecture == GgufArchitecture.GEMMA3;
        if (gemma) {
            int period = architecture == GgufArchitecture.GEMMA2 ? 2 : 6;
            for (int layer = 0; layer < a.layers(); layer++) {
                boolean all = (layer + 1) % period == 0;
                require(
                        a.window(layer) == (all ? 0 : smallest),
                        "has windows in other layers than usual");
            }
            integer("attention.sliding_window", smallest);
            return a.context();
        }
        if (smallest < a.context()) {
            remarks.add(
                    "GGUF files of %s have no window: the context is given as %d, the model's window, instead of %d"
                            .formatted(architecture.key(), smallest, a.context()));
        }
        return Math.min(smallest, a.context());
    }

    private String key(String name) {
        return architecture.key() + "." + name;
    }

    private void integer(String name, long value) {
        out.integer(key(name), value);
    }
}
