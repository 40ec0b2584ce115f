package io.tornadogpt.core.model;

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
import io.tornadogpt.core.model.family.Gpt2;
import io.tornadogpt.core.model.family.GptNeo;
import io.tornadogpt.core.op.Activation;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A model of GPT-2's or GPT-Neo's family in a dozen settings, `model.*`: what most people train
/// from scratch. [#model] is the model that they describe.
///
/// Sizes are bounded so that no weight has more elements than an array: whatever a file claims, a
/// configuration that exists can be written down and planned.
///
/// @param nLayer transformer blocks
/// @param nHead attention heads a block; divides `nEmbd`
/// @param nEmbd channels
/// @param blockSize the longest sequence: learned positions
/// @param vocabSize tokens
/// @param bias whether linear layers and layer-norms have biases
/// @param dropout probability in embedding, attention and residual branches while training
/// @param tiedHead whether the output head is the token embedding
/// @param activation the form of GELU; GPT-2's is [Activation.Function#GELU_TANH]
/// @param layerNormEpsilon added to variances
/// @param family what else distinguishes the model
/// @param windows how far back the attention of each layer sees, the layer's own position included:
///   numbers with commas between them that are repeated over the layers, 0 for all positions. GPT-2
///   has `0`; GPT-Neo's `0,256` alternates all positions and the last 256
public record GptConfig(
        int nLayer,
        int nHead,
        int nEmbd,
        int blockSize,
        int vocabSize,
        boolean bias,
        double dropout,
        boolean tiedHead,
        Activation.Function activation,
        double layerNormEpsilon,
        Family family,
        String windows) {
    private static final int MOST_LAYERS = 1024;
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 8;
    private static final String EVERYTHING = "0";

    /// Published architectures that the same programs compute.
    public enum Family {
        /// Scores are divided by the square root of the head size.
        GPT2,
        /// GPT-Neo (Black et al., 2021), TinyStories: scores as they are, no biases in the
        /// projections to queries, keys and values, and some layers that see a window only.
        GPT_NEO
    }

    /// Brings `windows` to its shortest form.
    public GptConfig {
        atLeastOne("nLayer", nLayer);
        if (nLayer > MOST_LAYERS) {
            throw new IllegalArgumentException(
                    "model.nLayer is %d; expected at most %d".formatted(nLayer, MOST_LAYERS));
        }
        atLeastOne("nHead", nHead);
        atLeastOne("nEmbd", nEmbd);
        atLeastOne("blockSize", blockSize);
        atLeastOne("vocabSize", vocabSize);
        if (nEmbd % nHead != 0) {
            throw new IllegalArgumentException(
                    "model.nEmbd is %d, which %d heads do not divide; choose a multiple of model.nHead"
                            .formatted(nEmbd, nHead));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "model.dropout is " + dropout + "; expected 0 <= dropout < 1");
        }
        if (!(layerNormEpsilon > 0 && layerNormEpsilon < 1)) {
            throw new IllegalArgumentException(
                    "layerNormEpsilon is " + layerNormEpsilon + "; expected 0 < epsilon < 1");
        }
        fits("nEmbd", 4L * nEmbd, nEmbd);
        fits("vocabSize", vocabSize, nEmbd);
        fits("blockSize", blockSize, nEmbd);
        windows = shortest(parseWindows(windows), nLayer);
        if (family == Family.GPT2 && !windows.equals(EVERYTHING)) {
            throw new IllegalArgumentException(
                    "model.windows is %s, but GPT-2's layers see all positions; set model.family=gpt_neo"
                            .formatted(windows));
        }
    }

    /// Settings by their names, those of GPT-2's smallest model where nothing is said.
    public static GptConfigBuilder builder() {
        return new GptConfigBuilder();
    }

    /// Without windows, as in GPT-2.
    public GptConfig(
            int nLayer,
            int nHead,
            int nEmbd,
            int blockSize,
            int vocabSize,
            boolean bias,
            double dropout,
            boolean tiedHead,
            Activation.Function activation,
            double layerNormEpsilon) {
        this(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                vocabSize,
                bias,
                dropout,
                tiedHead,
                activation,
                layerNormEpsilon,
                Family.GPT2,
                EVERYTHING);
    }

    /// GPT-2 with a tied head, GELU in its tanh form and epsilon 1e-5.
    public GptConfig(
            int nLayer,
            int nHead,
            int nEmbd,
            int blockSize,
            int vocabSize,
            boolean bias,
            double dropout) {
        this(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                vocabSize,
                bias,
                dropout,
                true,
                Activation.Function.GELU_TANH,
                1e-5);
    }

    private static void atLeastOne(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "model.%s is %d; expected >= 1".formatted(key, value));
        }
    }

    private static void fits(String key, long rows, int columns) {
        if (rows > MOST_ELEMENTS / columns) {
            throw new IllegalArgumentException(
                    "model.%s makes a weight of %d x %d elements; expected at most %d"
                            .formatted(key, rows, columns, MOST_ELEMENTS));
        }
    }

    private static int[] parseWindows(String windows) {
        try {
            int[] pattern =
                    Arrays.stream(windows.split(",", -1))
                            .mapToInt(window -> Integer.parseInt(window.strip()))
                            .toArray();
            if (Arrays.stream(pattern).allMatch(window -> window >= 0)) {
                return pattern;
            }
        } catch (NumberFormatException e) {
            // Falls through: no number and a negative one are refused with one sentence.
        }
        throw new IllegalArgumentException(
                "model.windows is '%s'; expected window sizes, 0 for all positions, as in 0,256"
                        .formatted(windows));
    }

    /// The shortest pattern that gives each layer its window.
    private static String shortest(int[] pattern, int layers) {
        int[] all = IntStream.range(0, layers).map(l -> pattern[l % pattern.length]).toArray();
        int length = 1;
        while (!repeats(all, length)) {
            length++;
        }
        return Arrays.stream(all, 0, length)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
    }

    private static boolean repeats(int[] all, int length) {
        return IntStream.range(length, all.length).allMatch(l -> all[l] == all[l - length]);
    }

    /// The window of each layer, 0 for all positions.
    public int[] windowOfLayers() {
        int[] pattern = parseWindows(windows);
        return IntStream.range(0, nLayer).map(layer -> pattern[layer % pattern.length]).toArray();
    }

    /// The model that these settings describe.
    public ModelConfig model() {
        boolean neo = family == Family.GPT_NEO;
        AttentionShape attention =
                AttentionShape.causal(nHead, nHead, headSize(), bias && !neo, bias)
                        .withScale(neo ? 1 : 1 / Math.sqrt(headSize()), 0)
                        .withWindows(Arrays.stream(windowOfLayers()).boxed().toList());
        return new ModelConfig(
                neo ? GptNeo.FAMILY : Gpt2.FAMILY,
                new Architecture(
                        nLayer,
                        nEmbd,
                        vocabSize,
                        blockSize,
                        Norms.before(new Norm.Layer(layerNormEpsilon, bias)),
                        new Position.Learned(0),
                        attention,
                        new Mlp.Plain(4 * nEmbd, activation, bias),
                        BlockForm.SEQUENTIAL,
                        EmbeddingShape.plain(tiedHead),
                        Head.PLAIN,
                        Dropouts.of(dropout)));
    }

    /// The settings that describe a model, where these can: one of GPT-2's or GPT-Neo's family
    /// whose MLP is four times as wide as the model, and whose dropout is the same everywhere.
    public static Optional<GptConfig> of(ModelConfig model) {
        Architecture a = model.architecture();
        boolean neo = model.family() == GptNeo.FAMILY;
        if (!neo && model.family() != Gpt2.FAMILY) {
            return Optional.empty();
        }
        String windows =
                IntStream.range(0, a.layers())
                        .mapToObj(layer -> Integer.toString(a.window(layer)))
                        .collect(Collectors.joining(","));
        try {
            var config =
                    new GptConfig(
                            a.layers(),
                            a.attention().heads(),
                            a.width(),
                            a.context(),
                            a.vocabulary(),
                            a.mlp().bias(),
                            a.dropout().residual(),
                            a.embedding().tied(),
                            a.mlp().activation(),
                            a.norms().kind().epsilon(),
                            neo ? Family.GPT_NEO : Family.GPT2,
                            windows);
            return config.model().architecture().equals(a) ? Optional.of(config) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a value that these settings do not allow
        }
    }

    /// Channels of one head.
    public int headSize() {
        return nEmbd / nHead;
    }

    /// The same model for another vocabulary.
    public GptConfig withVocabSize(int newVocabSize) {
        return new GptConfig(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                newVocabSize,
                bias,
                dropout,
                tiedHead,
                activation,
                layerNormEpsilon,
                family,
                windows);
    }

    /// The same model with or without biases.
    public GptConfig withBias(boolean newBias) {
        return new GptConfig(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                vocabSize,
                newBias,
                dropout,
                tiedHead,
                activation,
                layerNormEpsilon,
                family,
                windows);
    }

    /// The same model with another probability of dropout.
    public GptConfig withDropout(double newDropout) {
        return new GptConfig(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                vocabSize,
                bias,
                newDropout,
                tiedHead,
                activation,
                layerNormEpsilon,
                family,
                windows);
    }

    /// The same model with other windows.
    public GptConfig withWindows(String newWindows) {
        return new GptConfig(
                nLayer,
                nHead,
                nEmbd,
                blockSize,
                vocabSize,
                bias,
                dropout,
                tiedHead,
                activation,
                layerNormEpsilon,
                family,
                newWindows);
    }
}
