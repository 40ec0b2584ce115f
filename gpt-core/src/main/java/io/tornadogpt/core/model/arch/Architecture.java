package io.tornadogpt.core.model.arch;

import java.util.List;

/// What a transformer computes: a plain value, from which parameters, programs, costs and files
/// follow.
///
/// Sizes are bounded so that no weight has more elements than an array: whatever a file claims, an
/// architecture that exists can be written down and planned.
///
/// @param layers L, blocks
/// @param width C, elements of a hidden state
/// @param vocabulary V, tokens
/// @param context the longest sequence that the model is made for
/// @param dropout while training
public record Architecture(
        int layers,
        int width,
        int vocabulary,
        int context,
        Norms norms,
        Position position,
        AttentionShape attention,
        Mlp mlp,
        BlockForm form,
        EmbeddingShape embedding,
        Head head,
        Dropouts dropout) {
    /// The most layers of a model.
    public static final int MOST_LAYERS = 1024;

    public Architecture {
        Check.atLeastOne("number of layers", layers);
        Check.atMost("number of layers", layers, MOST_LAYERS);
        Check.atLeastOne("width", width);
        Check.atLeastOne("vocabulary", vocabulary);
        Check.atLeastOne("context", context);
        Check.fits("vocabulary", vocabulary, width);
        Check.fits("width of the MLP", mlp.hidden(), width);
        long projected = attention.width() + 2L * attention.keyValueWidth();
        Check.fits("number of heads", projected, width);
        if (position instanceof Position.Learned(int offset)) {
            Check.fits("context", (long) context + offset, width);
        }
        requireLayers(layers, "windows", attention.windows());
        if (position instanceof Position.Rotary rotary) {
            requireLayers(layers, "kinds of rotary positions", rotary.kindOfLayer());
            Check.atMost(
                    "number of turned elements of a head", rotary.size(), attention.headSize());
        }
        if (form != BlockForm.SEQUENTIAL && norms.placement() != Norms.Placement.BEFORE) {
            throw new IllegalArgumentException(
                    "blocks are %s with norms %s; expected norms BEFORE"
                            .formatted(form, norms.placement()));
        }
    }

    private static void requireLayers(int layers, String what, List<Integer> ofLayers) {
        if (!ofLayers.isEmpty() && ofLayers.size() != layers) {
            throw new IllegalArgumentException(
                    "%s are given for %d layers, but there are %d"
                            .formatted(what, ofLayers.size(), layers));
        }
    }

    /// The same for another vocabulary.
    public Architecture withVocabulary(int newVocabulary) {
        return new Architecture(
                layers,
                width,
                newVocabulary,
                context,
                norms,
                position,
                attention,
                mlp,
                form,
                embedding,
                head,
                dropout);
    }

    /// The same with other dropout.
    public Architecture withDropout(Dropouts newDropout) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                norms,
                position,
                attention,
                mlp,
                form,
                embedding,
                head,
                newDropout);
    }

    /// The same with another head.
    public Architecture withHead(Head newHead) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                norms,
                position,
                attention,
                mlp,
                form,
                embedding,
                newHead,
                dropout);
    }

    /// The same with other norms.
    public Architecture withNorms(Norms newNorms) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                newNorms,
                position,
                attention,
                mlp,
                form,
                embedding,
                head,
                dropout);
    }

    /// The same with other positions.
    public Architecture withPosition(Position newPosition) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                norms,
                newPosition,
                attention,
                mlp,
                form,
                embedding,
                head,
                dropout);
    }

    /// The same with another attention.
    public Architecture withAttention(AttentionShape newAttention) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                norms,
                position,
                newAttention,
                mlp,
                form,
                embedding,
                head,
                dropout);
    }

    /// The same with another embedding.
    public Architecture withEmbedding(EmbeddingShape newEmbedding) {
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                norms,
                position,
                attention,
                mlp,
                form,
                newEmbedding,
                head,
                dropout);
    }

    /// The window of a layer's attention, 0 for all positions.
    public int window(int layer) {
        return attention.windows().isEmpty() ? 0 : attention.windows().get(layer);
    }
}
