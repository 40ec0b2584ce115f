package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Falcon;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.op.Activation.Function;

import java.util.ArrayList;
import java.util.List;

/// Presets with the shapes of large models that were published, for plans: what they would need.
///
/// GPT-3's are those of table 2.1 of "Language Models are Few-Shot Learners" (Brown et al., 2020)
/// with heads that fit the width, and without the sparse attention of every other layer. The others
/// are those of the models' own `config.json`.
final class PublishedShapes {
    private static final int GPT_VOCABULARY = 50_257;
    private static final int LLAMA2_VOCABULARY = 32_000;
    private static final int LLAMA3_VOCABULARY = 128_256;
    private static final int FALCON_VOCABULARY = 65_024;

    private PublishedShapes() {}

    static List<Preset> all() {
        var all = new ArrayList<Preset>();
        all.add(gpt3("125m", 12, 768, 12, 6e-4));
        all.add(gpt3("350m", 24, 1024, 16, 3e-4));
        all.add(gpt3("760m", 24, 1536, 16, 2.5e-4));
        all.add(gpt3("1.3b", 24, 2048, 16, 2e-4));
        all.add(gpt3("2.7b", 32, 2560, 32, 1.6e-4));
        all.add(gpt3("6.7b", 32, 4096, 32, 1.2e-4));
        all.add(gpt3("13b", 40, 5120, 40, 1e-4));
        all.add(gpt3("175b", 96, 12_288, 96, 6e-5));
        all.add(llama2("7b", 32, 4096, 11_008, 32, 32));
        all.add(llama2("13b", 40, 5120, 13_824, 40, 40));
        all.add(llama2("70b", 80, 8192, 28_672, 64, 8));
        all.add(llama3("3-8b", 32, 4096, 14_336, 32, 8192, new RotaryScaling.None(), false));
        all.add(llama3("3-70b", 80, 8192, 28_672, 64, 8192, new RotaryScaling.None(), false));
        all.add(llama3("3.1-405b", 126, 16_384, 53_248, 128, 131_072, longer(8), false));
        all.add(llama3("3.2-1b", 16, 2048, 8192, 32, 131_072, longer(32), true));
        all.add(llama3("3.2-3b", 28, 3072, 8192, 24, 131_072, longer(32), true));
        all.add(falcon("7b", 32, 4544, 71, 1, BlockForm.PARALLEL_ONE_NORM));
        all.add(falcon("40b", 60, 8192, 128, 8, BlockForm.PARALLEL_TWO_NORMS));
        return List.copyOf(all);
    }

    private static Preset gpt3(String size, int layers, int width, int heads, double rate) {
        var shape = new GptConfig(layers, heads, width, 2048, GPT_VOCABULARY, true, 0);
        return preset("gpt3-" + size, "the shape of GPT-3 " + size, shape.model(), rate);
    }

    private static Preset llama2(
            String size, int layers, int width, int hidden, int heads, int keyValueHeads) {
        ModelConfig model =
                llama(
                        layers,
                        width,
                        hidden,
                        AttentionShape.causal(heads, keyValueHeads, width / heads, false, false),
                        LLAMA2_VOCABULARY,
                        4096,
                        new Position.Rotary(width / heads, 10_000, new RotaryScaling.None()),
                        false);
        return preset("llama-2-" + size, "the shape of Llama 2 " + size, model, 3e-4);
    }

    private static Preset llama3(
            String size,
            int layers,
            int width,
            int hidden,
            int heads,
            int context,
            RotaryScaling scaling,
            boolean tied) {
        ModelConfig model =
                llama(
                        layers,
                        width,
                        hidden,
                        AttentionShape.causal(heads, 8, width / heads, false, false),
                        LLAMA3_VOCABULARY,
                        context,
                        new Position.Rotary(width / heads, 500_000, scaling),
                        tied);
        return preset("llama-" + size, "the shape of Llama " + size, model, 3e-4);
    }

    private static RotaryScaling longer(double factor) {
        return new RotaryScaling.Llama3(factor, 1, 4, 8192);
    }

    private static ModelConfig llama(
            int layers,
            int width,
            int hidden,
            AttentionShape attention,
            int vocabulary,
            int context,
            Position position,
            boolean tied) {
        return new ModelConfig(
                Llama.FAMILY,
                new Architecture(
                        layers,
                        width,
                        vocabulary,
                        context,
                        Norms.before(new Norm.Rms(1e-5, 0)),
                        position,
                        attention,
                        new Mlp.Gated(hidden, Function.SILU, false),
                        BlockForm.SEQUENTIAL,
                        EmbeddingShape.plain(tied),
                        Head.PLAIN,
                        Dropouts.NONE));
    }

    private static Preset falcon(
            String size, int layers, int width, int heads, int keyValueHeads, BlockForm form) {
        int head = width / heads;
        var model =
                new ModelConfig(
                        Falcon.FAMILY,
                        new Architecture(
                                layers,
                                width,
                                FALCON_VOCABULARY,
                                2048,
                                Norms.before(new Norm.Layer(1e-5, true)),
                                new Position.Rotary(head, 10_000, new RotaryScaling.None()),
                                AttentionShape.causal(heads, keyValueHeads, head, false, false),
                                new Mlp.Plain(4 * width, Function.GELU, false),
                                form,
                                EmbeddingShape.plain(true),
                                Head.PLAIN,
                                Dropouts.NONE));
        return preset("falcon-" + size, "the shape of Falcon " + size, model, 2e-4);
    }

    /// How it is trained is a guess that plans need: one row of 2,048 tokens at a time.
    private static Preset preset(String name, String description, ModelConfig model, double rate) {
        return new Preset(
                name,
                description + ", for plans",
                model,
                TrainConfig.defaults()
                        .with(
                                "batchSize=1",
                                "blockSize=2048",
                                "gradAccumulation=256",
                                "steps=500000",
                                "learningRate=" + rate,
                                "minLearningRate=" + rate / 10,
                                "warmupSteps=2000",
                                "beta2=0.95"));
    }
}
