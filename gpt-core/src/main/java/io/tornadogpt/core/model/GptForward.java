package io.tornadogpt.core.model;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Dropout.Mask;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Writes down GPT-2's forward pass for batches of one shape: embedding, blocks, head.
///
/// The residual stream is a stack of `nLayer + 1` slices: the embedding writes slice 0, block l
/// reads slice l and writes slice l + 1, the head reads the last.
final class GptForward {
    /// Numbers of the places where dropout happens, part of the key of their random bits.
    private static final int EMBEDDING_SITE = 0;

    private static final int ATTENTION_SITE = 1;
    private static final int PROJECTION_SITE = 2;
    private static final int MLP_SITE = 3;

    /// As a place of dropout, for the random bits of drawn tokens.
    private static final int DRAW_SITE = 4;

    private final GptConfig config;
    private final GptParameters parameters;
    private final int batch;
    private final int positions;
    private final double dropout;
    private final TensorSpec rng;
    private final TensorSpec residual;
    private final Attention.Heads heads;
    private final Attention.View view;

    /// @param dropout probability, 0 for none
    /// @param rng key of the random bits, `[4]` I32; not read without dropout
    GptForward(GptParameters parameters, int batch, int positions, double dropout, TensorSpec rng) {
        this.config = parameters.config();
        this.parameters = parameters;
        this.batch = batch;
        this.positions = positions;
        this.dropout = dropout;
        this.rng = rng;
        if (positions > config.blockSize()) {
            throw new IllegalArgumentException(
                    "%d positions in a sequence, but model.blockSize is %d; use at most that many"
                            .formatted(positions, config.blockSize()));
        }
        this.residual = spec("residual", config.nLayer() + 1, batch, positions, config.nEmbd());
        TensorSpec windows = parameters.windows();
        this.heads =
                new Attention.Heads(config.nHead(), config.headSize(), config.attentionScale());
        this.view = new Attention.View(true, windows == null ? null : windows.layer(), null);
    }

    void embed(Consumer<Op> ops, TensorSpec tokens, TensorSpec position) {
        Tensor token = activation("wte", config.nEmbd());
        ops.accept(new Embedding(tokens.whole(), parameters.weight("transformer.wte"), token));
        Tensor place = activation("wpe", config.nEmbd());
        ops.accept(new Embedding(position.whole(), parameters.weight("transformer.wpe"), place));
        Tensor start = residual.at(0);
        Tensor sum = dropout > 0 ? activation("embedding", config.nEmbd()) : start;
        ops.accept(new Add(token, place, sum));
        if (dropout > 0) {
            ops.accept(new Dropout(sum, start, mask(EMBEDDING_SITE)));
        }
    }

    /// One transformer block: attention and MLP, each on a normalized copy of the residual stream.
    void block(Consumer<Op> ops) {
        block(
                ops,
                (qkv, out) -> {
                    Tensor lse = stack("attn.lse", batch, config.nHead(), positions).layer();
                    @Nullable Mask mask = dropout > 0 ? mask(ATTENTION_SITE) : null;
                    ops.accept(
                            new Attention(
                                    new Attention.Columns(qkv, 0),
                                    new Attention.Columns(qkv, heads.width()),
                                    new Attention.Columns(qkv, 2 * heads.width()),
                                    out,
                                    lse,
                                    heads,
                                    view,
                                    mask));
                });
    }

    /// A block whose attention sees the cached keys and values of all positions before.
    void cachedBlock(Consumer<Op> ops, TensorSpec position, TensorSpec slots) {
        Shape cache = Shape.of(batch, config.nHead(), config.blockSize(), config.headSize());
        var keys = new TensorSpec("cache.keys", cache, DType.F32, Role.CACHE, config.nLayer());
        var values = keys.as("cache.values", Role.CACHE);
        block(
                ops,
                (qkv, out) ->
                        ops.accept(
                                new CachedAttention(
                                        new Attention.Columns(qkv, 0),
                                        new Attention.Columns(qkv, heads.width()),
                                        new Attention.Columns(qkv, 2 * heads.width()),
                                        keys.layer(),
                                        values.layer(),
                                        slots.whole(),
                                        position.whole(),
                                        out,
                                        heads,
                                        view)));
    }

    private void block(Consumer<Op> ops, BiConsumer<Tensor, Tensor> attention) {
        int c = config.nEmbd();
        Tensor x = residual.layer();
        Tensor normal = norm(ops, "h.*.ln_1", x);
        Tensor qkv = linear(ops, "h.*.attn.c_attn", normal, 3 * c);
        Tensor attended = blockActivation("attn", c);
        attention.accept(qkv, attended);
        Tensor projected = linear(ops, "h.*.attn.c_proj", attended, c);
        Tensor middle = blockActivation("residual.middle", c);
        addBranch(ops, x, projected, PROJECTION_SITE, middle);

        Tensor hidden = linear(ops, "h.*.mlp.c_fc", norm(ops, "h.*.ln_2", middle), 4 * c);
        Tensor active = blockActivation("mlp.gelu", 4 * c);
        ops.accept(new Activation(hidden, active, config.activation()));
        Tensor output = linear(ops, "h.*.mlp.c_proj", active, c);
        addBranch(ops, middle, output, MLP_SITE, residual.layer(1));
    }

    private void addBranch(Consumer<Op> ops, Tensor x, Tensor branch, int site, Tensor out) {
        Tensor kept = branch;
        if (dropout > 0) {
            kept = blockActivation("dropout." + site, config.nEmbd());
            ops.accept(new Dropout(branch, kept, mask(site)));
        }
        ops.accept(new Add(x, kept, out));
    }

    /// Final layer-norm, head and mean loss.
    void loss(Consumer<Op> ops, TensorSpec targets, TensorSpec loss, TensorSpec count) {
        Tensor logits = activation("logits", config.vocabSize());
        logits(ops, logits);
        Tensor lse = spec("lse", 0, batch * positions).whole();
        Tensor losses = spec("losses", 0, batch * positions).whole();
        ops.accept(new CrossEntropy(logits, targets.whole(), lse, losses));
        ops.accept(new SumLoss(losses, targets.whole(), null, loss.whole(), count.whole()));
    }

    /// Final layer-norm and head, for every position.
    void logits(Consumer<Op> ops, Tensor logits) {
        Tensor normal = norm(ops, "ln_f", residual.at(config.nLayer()));
        ops.accept(new MatMul(normal, parameters.head(), logits, false, true, false));
    }

    /// Final layer-norm and head, for one chosen row a sequence.
    void lastLogits(Consumer<Op> ops, TensorSpec rows, TensorSpec logits) {
        Tensor normal = norm(ops, "ln_f", residual.at(config.nLayer()));
        Tensor last = spec("last", 0, batch, config.nEmbd()).whole();
        ops.accept(new Embedding(rows.whole(), normal, last));
        ops.accept(new MatMul(last, parameters.head(), logits.whole(), false, true, false));
    }

    /// A token of each row.
    void draw(Consumer<Op> ops, TensorSpec logits, LogitsProgram.Draw draw) {
        ops.accept(
                new Sample(
                        logits.whole(),
                        draw.keys().whole(),
                        draw.settings().whole(),
                        draw.ids().whole(),
                        DRAW_SITE));
    }

    private Tensor norm(Consumer<Op> ops, String module, Tensor x) {
        String name = "transformer." + module;
        boolean stacked = module.startsWith("h.*");
        int rows = batch * positions;
        Tensor out = sized(module, stacked, batch, positions, config.nEmbd());
        ops.accept(
                new LayerNorm(
                        x,
                        parameters.weight(name),
                        parameters.bias(name),
                        out,
                        sized(module + ".mean", stacked, rows),
                        sized(module + ".rstd", stacked, rows),
                        config.layerNormEpsilon()));
        return out;
    }

    private Tensor linear(Consumer<Op> ops, String module, Tensor x, int width) {
        String name = "transformer." + module;
        @Nullable Tensor bias = parameters.bias(name);
        Tensor out = blockActivation(module, width);
        if (bias == null) {
            ops.accept(new MatMul(x, parameters.weight(name), out));
            return out;
        }
        Tensor product = blockActivation(module + ".product", width);
        ops.accept(new MatMul(x, parameters.weight(name), product));
        ops.accept(new AddBias(product, bias, out));
        return out;
    }

    private Mask mask(int site) {
        return new Mask(dropout, rng.whole(), site);
    }

    private Tensor activation(String name, int width) {
        return spec(name, 0, batch, positions, width).whole();
    }

    private Tensor blockActivation(String name, int width) {
        return stack(name, batch, positions, width).layer();
    }

    private Tensor sized(String name, boolean stacked, int... sizes) {
        return stacked ? stack(name, sizes).layer() : spec(name, 0, sizes).whole();
    }

    private TensorSpec stack(String name, int... sizes) {
        return spec(name, config.nLayer(), sizes);
    }

    private static TensorSpec spec(String name, int layers, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.ACTIVATION, layers);
    }
}
