package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norms.Placement;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.GatedActivation;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Writes down what an [Architecture] computes for batches of one shape: embedding, blocks, last
/// norm, head.
///
/// The residual stream is a stack of L + 1 slices: the embedding writes slice 0, block l reads
/// slice l and writes slice l + 1, the head reads the last.
///
/// B = sequences, T = positions of each, C = width, H and KV = heads and key-value heads, D = head
/// size, V = vocabulary.
final class Transformer {
    /// Numbers of the places where dropout happens, part of the key of their random bits.
    private static final int EMBEDDING_SITE = 0;

    private static final int ATTENTION_SITE = 1;
    private static final int PROJECTION_SITE = 2;
    private static final int MLP_SITE = 3;

    private final Architecture architecture;
    private final boolean fused;
    private final Inputs inputs;
    private final Constants constants;
    private final TensorSpec residual; // L + 1 slices of [B, T, C]
    private final Attention.Heads heads;
    private final @Nullable TensorSpec biases; // [B, T, H]

    Transformer(ParameterTable parameters, Inputs inputs, Constants constants) {
        this.architecture = parameters.architecture();
        this.fused = parameters.fused();
        this.inputs = inputs;
        this.constants = constants;
        if (inputs.length() > constants.context()) {
            throw new IllegalArgumentException(
                    "%d positions in a sequence, but the model's context is %d; use at most that many"
                            .formatted(inputs.length(), constants.context()));
        }
        this.residual =
                new TensorSpec(
                        "residual",
                        Shape.of(inputs.batch(), inputs.length(), architecture.width()),
                        DType.F32,
                        Role.ACTIVATION,
                        architecture.layers() + 1);
        AttentionShape shape = architecture.attention();
        this.heads =
                new Attention.Heads(
                        shape.heads(),
                        shape.keyValueHeads(),
                        shape.headSize(),
                        shape.scale(),
                        shape.scoreCap(),
                        null);
        this.biases =
                constants.biases() == null
                        ? null
                        : new TensorSpec(
                                "attention.biases",
                                Shape.of(inputs.batch(), inputs.length(), shape.heads()),
                                DType.F32,
                                Role.ACTIVATION);
    }

    /// Where the keys and values of a session are kept.
    ///
    /// @param keys `[N, KV, S, D]` a layer
    /// @param values as `keys`
    /// @param slots `[B]` I32, the slot of each sequence
    record Cache(TensorSpec keys, TensorSpec values, TensorSpec slots) {}

    /// A step from the token's vector to the start of the residual stream.
    ///
    /// @param write from what was there to what is written, both `[B, T, C]`
    private record EmbeddingStep(String name, BiConsumer<Tensor, Tensor> write) {}

    /// The embedding: slice 0 of the residual stream; and the biases that positions give to scores.
    ///
    /// @param cached whether the model generates, and its positions are those of a cache
    void embed(Scope scope, boolean cached) {
        TensorSpec table = constants.biases();
        if (table != null && biases != null && !cached) {
            Tensor places = inputs.positions().whole();
            scope.append(new Embedding(places, table.whole(), biases.whole(), 0, true));
        }
        List<EmbeddingStep> steps = embeddingSteps(scope);
        Tensor start = residual.at(0); // [B, T, C]
        Tensor x = steps.isEmpty() ? start : embeddingActivation(scope, "token");
        look(scope, Part.TOKEN_EMBEDDING, inputs.tokens(), 0, x);
        for (EmbeddingStep step : steps) {
            boolean last = step == steps.getLast();
            Tensor out = last ? start : embeddingActivation(scope, "embedding." + step.name);
            step.write.accept(x, out);
            x = out;
        }
    }

    private List<EmbeddingStep> embeddingSteps(Scope scope) {
        var steps = new ArrayList<EmbeddingStep>();
        double factor = architecture.embedding().scale();
        if (factor != 1) {
            steps.add(
                    new EmbeddingStep(
                            "scaled", (x, out) -> scope.append(new Scale(x, out, factor))));
        }
        TensorSpec types = inputs.types();
        if (types != null) {
            steps.add(
                    new EmbeddingStep(
                            "typed",
                            (x, out) -> addRows(scope, Part.TYPE_EMBEDDING, types, 0, x, out)));
        }
        if (architecture.position() instanceof Position.Learned(int offset)) {
            TensorSpec places = inputs.positions();
            steps.add(
                    new EmbeddingStep(
                            "placed",
                            (x, out) ->
                                    addRows(
                                            scope,
                                            Part.POSITION_EMBEDDING,
                                            places,
                                            offset,
                                            x,
                                            out)));
        }
        if (architecture.norms().onEmbedding()) {
            steps.add(
                    new EmbeddingStep(
                            "norm",
                            (x, out) -> scope.norm(Part.EMBEDDING_NORM, "embedding.norm", x, out)));
        }
        Dropout.@Nullable Mask mask =
                scope.mask(architecture.dropout().embedding(), EMBEDDING_SITE);
        if (mask != null) {
            steps.add(
                    new EmbeddingStep("kept", (x, out) -> scope.append(new Dropout(x, out, mask))));
        }
        return steps;
    }

    private void addRows(Scope scope, Part part, TensorSpec ids, int offset, Tensor x, Tensor out) {
        Tensor rows = embeddingActivation(scope, part == Part.TYPE_EMBEDDING ? "type" : "place");
        look(scope, part, ids, offset, rows);
        scope.add(x, rows, out);
    }

    private void look(Scope scope, Part part, TensorSpec ids, int offset, Tensor out) {
        boolean optional = part == Part.POSITION_EMBEDDING;
        scope.append(
                new Embedding(ids.whole(), scope.parameters().weight(part), out, offset, optional));
    }

    private Tensor embeddingActivation(Scope scope, String name) {
        return scope.activation(name, inputs.batch(), inputs.length(), architecture.width());
    }

    /// One block: attention and MLP, and what they add to the residual stream.
    ///
    /// @param cache of a model that generates; null for whole sequences
    /// @param first whether it is the block whose first norm may be left out
    void block(Scope scope, @Nullable Cache cache, boolean first) {
        Tensor x = residual.layer(); // [B, T, C]
        Tensor out = residual.layer(1); // [B, T, C]
        boolean identity = first && architecture.norms().firstIsIdentity();
        switch (architecture.form()) {
            case SEQUENTIAL -> {
                if (architecture.norms().placement() == Placement.AFTER) {
                    normsAfter(scope, cache, x, out);
                } else {
                    Tensor normal =
                            identity ? x : scope.norm(Part.ATTENTION_NORM, "attention.norm", x);
                    Tensor attended = attention(scope, cache, normal);
                    Tensor middle =
                            scope.add(x, attended, scope.activation("middle", x, x.columns()));
                    normal = scope.norm(Part.MLP_NORM, "mlp.norm", middle);
                    scope.add(middle, mlp(scope, normal), out);
                }
            }
            case PARALLEL_ONE_NORM, PARALLEL_TWO_NORMS -> {
                Tensor normal = scope.norm(Part.ATTENTION_NORM, "attention.norm", x);
                Tensor other =
                        architecture.form() == BlockForm.PARALLEL_ONE_NORM
                                ? normal
                                : scope.norm(Part.MLP_NORM, "mlp.norm", x);
                Tensor attended = attention(scope, cache, normal);
                Tensor middle = scope.add(x, attended, scope.activation("middle", x, x.columns()));
                scope.add(middle, mlp(scope, other), out);
            }
        }
    }

    private void normsAfter(Scope scope, @Nullable Cache cache, Tensor x, Tensor out) {
        Tensor attended = attention(scope, cache, x);
        Tensor sum = scope.add(x, attended, scope.activation("attention.sum", x, x.columns()));
        Tensor middle = scope.norm(Part.ATTENTION_NORM, "attention.norm", sum);
        Tensor added = mlp(scope, middle);
        sum = scope.add(middle, added, scope.activation("mlp.sum", x, x.columns()));
        scope.norm(Part.MLP_NORM, "mlp.norm", sum, out);
    }

    /// @param x `[B, T, C]`
    /// @return what is added to the residual stream, `[B, T, C]`
    private Tensor attention(Scope scope, @Nullable Cache cache, Tensor x) {
        Columns[] vectors = fused ? fusedVectors(scope, x) : vectors(scope, x);
        Tensor out = scope.activation("attention", x, heads.width()); // [B, T, H x D]
        attend(scope, cache, vectors, out);
        Tensor projected = scope.linear(Part.ATTENTION_OUTPUT, "attention.output", out);
        if (architecture.norms().placement() == Placement.BOTH) {
            projected = scope.norm(Part.ATTENTION_POST_NORM, "attention.post", projected);
        }
        double dropout = architecture.dropout().residual();
        return scope.dropout("attention.dropout", projected, dropout, PROJECTION_SITE);
    }

    /// Queries, keys and values from one linear layer: columns of `[B, T, (H + 2 KV) x D]`.
    private Columns[] fusedVectors(Scope scope, Tensor x) {
        int turned = heads.count() + heads.keyValueCount();
        Tensor all = scope.linear(Part.QUERY_KEY_VALUE, "attention.qkv", x);
        all = rotated(scope, "attention.qkv.turned", all, turned);
        return new Columns[] {heads.queries(all), heads.keys(all), heads.values(all)};
    }

    /// Queries `[B, T, H x D]`, keys and values `[B, T, KV x D]` from three.
    private Columns[] vectors(Scope scope, Tensor x) {
        Tensor queries = scope.linear(Part.QUERY, "attention.q", x);
        Tensor keys = scope.linear(Part.KEY, "attention.k", x);
        Tensor values = scope.linear(Part.VALUE, "attention.v", x);
        if (architecture.attention().headNorm() != HeadNorm.NONE) {
            queries = scope.norm(Part.QUERY_NORM, "attention.q.norm", queries);
            keys = scope.norm(Part.KEY_NORM, "attention.k.norm", keys);
        }
        queries = rotated(scope, "attention.q.turned", queries, heads.count());
        keys = rotated(scope, "attention.k.turned", keys, heads.keyValueCount());
        return new Columns[] {
            new Columns(queries, 0), new Columns(keys, 0), new Columns(values, 0)
        };
    }

    private Tensor rotated(Scope scope, String name, Tensor x, int count) {
        TensorSpec angles = constants.angles();
        if (angles == null || !(architecture.position() instanceof Position.Rotary rotary)) {
            return x;
        }
        Tensor out = scope.activation(name, x, x.columns());
        TensorSpec first = constants.firstAngle();
        scope.append(
                new Rotary(
                        x,
                        inputs.positions().whole(),
                        angles.whole(),
                        first == null ? null : first.layer(),
                        out,
                        new Rotary.Form(
                                count, heads.size(), rotary.size(), rotary.interleaved(), false)));
        return out;
    }

    private void attend(Scope scope, @Nullable Cache cache, Columns[] vectors, Tensor out) {
        TensorSpec windows = constants.windows();
        TensorSpec spans = inputs.spans();
        var view =
                new Attention.View(
                        architecture.attention().causal(),
                        windows == null ? null : windows.layer(),
                        spans == null ? null : spans.whole());
        if (cache != null) {
            scope.append(
                    new CachedAttention(
                            vectors[0],
                            vectors[1],
                            vectors[2],
                            cache.keys.layer(),
                            cache.values.layer(),
                            cache.slots.whole(),
                            inputs.positions().whole(),
                            out,
                            biased(constants.biases()),
                            view));
            return;
        }
        Tensor lse =
                scope.activation("attention.lse", inputs.batch(), heads.count(), inputs.length());
        Dropout.@Nullable Mask mask =
                scope.mask(architecture.dropout().attention(), ATTENTION_SITE);
        scope.append(
                new Attention(
                        vectors[0], vectors[1], vectors[2], out, lse, biased(biases), view, mask));
    }

    private Attention.Heads biased(@Nullable TensorSpec positionBiases) {
        return positionBiases == null ? heads : heads.withBiases(positionBiases.whole());
    }

    /// @param x `[B, T, C]`
    /// @return what is added to the residual stream, `[B, T, C]`
    private Tensor mlp(Scope scope, Tensor x) {
        Tensor active =
                switch (architecture.mlp()) {
                    case Mlp.Plain plain ->
                            scope.activate(
                                    "mlp.active",
                                    scope.linear(Part.UP, "mlp.up", x),
                                    plain.activation());
                    case Mlp.Gated gated -> {
                        Tensor gate = scope.linear(Part.GATE, "mlp.gate", x);
                        Tensor up = scope.linear(Part.UP, "mlp.up", x);
                        Tensor out = scope.activation("mlp.active", gate, gated.hidden());
                        scope.append(new GatedActivation(gate, up, out, gated.activation()));
                        yield out;
                    }
                };
        Tensor output = scope.linear(Part.DOWN, "mlp.down", active);
        if (architecture.norms().placement() == Placement.BOTH) {
            output = scope.norm(Part.MLP_POST_NORM, "mlp.post", output);
        }
        return scope.dropout("mlp.dropout", output, architecture.dropout().residual(), MLP_SITE);
    }

    /// The hidden states behind the last block, `[B, T, C]`.
    Tensor hidden(Scope scope) {
        Tensor last = residual.at(architecture.layers());
        return architecture.norms().last() ? scope.norm(Part.FINAL_NORM, "final.norm", last) : last;
    }
}
