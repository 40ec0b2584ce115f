package io.tornadogpt.core.model;

import io.tornadogpt.core.op.Activation;

/// Describes a [GptConfig] setting by setting, by the names that files and commands use:
///
/// ```
/// GptConfig config =
///         GptConfig.builder().nLayer(4).nHead(4).nEmbd(128).blockSize(64).vocabSize(65).build();
/// ```
///
/// What is not set is as in GPT-2's smallest model, without dropout. Used by one thread at a time.
public final class GptConfigBuilder {
    private int nLayer = 12;
    private int nHead = 12;
    private int nEmbd = 768;
    private int blockSize = 1024;
    private int vocabSize = 50257;
    private boolean bias = true;
    private double dropout;
    private boolean tiedHead = true;
    private Activation.Function activation = Activation.Function.GELU_TANH;
    private double layerNormEpsilon = 1e-5;
    private GptConfig.Family family = GptConfig.Family.GPT2;
    private String windows = "0";

    GptConfigBuilder() {}

    /// Transformer blocks.
    public GptConfigBuilder nLayer(int value) {
        nLayer = value;
        return this;
    }

    /// Attention heads of a block, a divisor of the channels.
    public GptConfigBuilder nHead(int value) {
        nHead = value;
        return this;
    }

    /// Channels.
    public GptConfigBuilder nEmbd(int value) {
        nEmbd = value;
        return this;
    }

    /// The longest sequence.
    public GptConfigBuilder blockSize(int value) {
        blockSize = value;
        return this;
    }

    /// Tokens.
    public GptConfigBuilder vocabSize(int value) {
        vocabSize = value;
        return this;
    }

    /// Whether linear layers and layer norms have biases.
    public GptConfigBuilder bias(boolean value) {
        bias = value;
        return this;
    }

    /// Probability of dropout in training.
    public GptConfigBuilder dropout(double value) {
        dropout = value;
        return this;
    }

    /// Whether the output head is the token embedding.
    public GptConfigBuilder tiedHead(boolean value) {
        tiedHead = value;
        return this;
    }

    /// The activation function of the MLP.
    public GptConfigBuilder activation(Activation.Function value) {
        activation = value;
        return this;
    }

    /// What is added to variances.
    public GptConfigBuilder layerNormEpsilon(double value) {
        layerNormEpsilon = value;
        return this;
    }

    /// What else distinguishes the model.
    public GptConfigBuilder family(GptConfig.Family value) {
        family = value;
        return this;
    }

    /// How many positions the attention of each layer sees; see [GptConfig].
    public GptConfigBuilder windows(String value) {
        windows = value;
        return this;
    }

    /// The configuration.
    ///
    /// @throws IllegalArgumentException naming a setting that cannot be, its value and its limits
    public GptConfig build() {
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
                windows);
    }
}
