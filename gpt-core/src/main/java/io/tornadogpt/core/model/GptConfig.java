package io.tornadogpt.core.model;

import io.tornadogpt.core.op.Gelu;

/// The architecture of a GPT-2-style model.
///
/// @param nLayer transformer blocks
/// @param nHead attention heads a block; divides `nEmbd`
/// @param nEmbd channels
/// @param blockSize the longest sequence: learned positions
/// @param vocabSize tokens
/// @param bias whether linear layers and layer-norms have biases
/// @param dropout probability in embedding, attention and residual branches while training
/// @param tiedHead whether the output head is the token embedding
/// @param activation the form of GELU; GPT-2's is [Gelu.Form#TANH]
/// @param layerNormEpsilon added to variances
public record GptConfig(
        int nLayer,
        int nHead,
        int nEmbd,
        int blockSize,
        int vocabSize,
        boolean bias,
        double dropout,
        boolean tiedHead,
        Gelu.Form activation,
        double layerNormEpsilon) {
    public GptConfig {
        atLeastOne("nLayer", nLayer);
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
        this(nLayer, nHead, nEmbd, blockSize, vocabSize, bias, dropout, true, Gelu.Form.TANH, 1e-5);
    }

    private static void atLeastOne(String key, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(
                    "model.%s is %d; expected >= 1".formatted(key, value));
        }
    }

    /// Channels of one head.
    public int headSize() {
        return nEmbd / nHead;
    }

    /// The same architecture for another vocabulary.
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
                layerNormEpsilon);
    }

    /// The same architecture with or without biases.
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
                layerNormEpsilon);
    }
}
