package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/// Writes the programs of a model: the segments `embed`, `blocks` and `head`, and what goes in and
/// comes out of them.
///
/// Used by one thread at a time.
public final class Graph {
    /// As a place of dropout, for the random bits of drawn tokens.
    private static final int DRAW_SITE = 4;

    private final ParameterTable parameters;
    private final Architecture architecture;
    private final Constants constants;
    private final String prefix;
    private final DType cacheType;

    /// @param prefix of caches
    /// @param cacheType as what caches hold keys and values
    public Graph(ParameterTable parameters, Constants constants, String prefix, DType cacheType) {
        this.parameters = parameters;
        this.architecture = parameters.architecture();
        this.constants = constants;
        this.prefix = prefix;
        this.cacheType = cacheType;
    }

    /// What programs read and never changes.
    public Constants constants() {
        return constants;
    }

    /// A program that adds up the losses of an objective.
    ///
    /// @param sum `[1]`
    /// @param count `[1]`
    public record Loss(
            Program program,
            Inputs inputs,
            Objective.Losses losses,
            TensorSpec rng,
            TensorSpec sum,
            TensorSpec count) {}

    /// A program whose result is a tensor for each position.
    ///
    /// @param output `[B, T, ..]`
    public record States(Program program, Inputs inputs, TensorSpec output) {}

    /// A program that continues sequences; see [io.tornadogpt.core.model.LogitsProgram.Last].
    public record Cached(
            Program program,
            Inputs inputs,
            TensorSpec logits,
            TensorSpec slots,
            TensorSpec rows,
            TensorSpec keys,
            TensorSpec settings,
            TensorSpec ids) {}

    /// A program that says how likely tokens are; see [io.tornadogpt.core.model.ScoreProgram].
    public record Scored(
            Program program,
            Inputs inputs,
            TensorSpec slots,
            TensorSpec targets,
            TensorSpec losses,
            TensorSpec best) {}

    /// The loss of a batch.
    ///
    /// @param dropout whether elements are dropped as the architecture says
    /// @param borders layers at which a segment of blocks must begin
    public Loss loss(
            String name,
            Objective objective,
            int batch,
            int length,
            boolean spans,
            boolean dropout,
            SortedSet<Integer> borders) {
        var writer = new Writer(name, batch, length, spans, dropout);
        TensorSpec sum = output(name + ".loss", 1);
        TensorSpec count = output(name + ".count", 1);
        var losses = new Objective.Losses[1];
        writer.embedAndBlocks(null, borders);
        writer.head(
                (scope, hidden) -> {
                    losses[0] = objective.append(scope, writer.inputs, hidden);
                    Objective.Losses made = losses[0];
                    scope.append(
                            new SumLoss(
                                    made.losses(),
                                    made.targets(),
                                    made.weights(),
                                    sum.whole(),
                                    count.whole()));
                });
        return new Loss(writer.build(), writer.inputs, losses[0], writer.rng, sum, count);
    }

    /// The logits of every position.
    public States logits(String name, int batch, int length, boolean spans) {
        var writer = new Writer(name, batch, length, spans, false);
        TensorSpec logits = output(name + ".logits", batch, length, architecture.vocabulary());
        writer.embedAndBlocks(null, Collections.emptySortedSet());
        writer.head((scope, hidden) -> TokenHead.append(scope, hidden, logits.whole()));
        return new States(writer.build(), writer.inputs, logits);
    }

    /// The hidden states of every position.
    public States hidden(String name, int batch, int length, boolean spans) {
        var writer = new Writer(name, batch, length, spans, false);
        TensorSpec states = output(name + ".hidden", batch, length, architecture.width());
        writer.embedAndBlocks(null, Collections.emptySortedSet());
        writer.head((scope, hidden) -> scope.append(new Copy(hidden, states.whole())));
        return new States(writer.build(), writer.inputs, states);
    }

    /// The logits of some rows, and a token drawn from each.
    ///
    /// @param slots of the cache
    /// @param asked R, how many rows
    public Cached cached(String name, int batch, int length, int slots, int asked) {
        var writer = new Writer(name, batch, length, false, false);
        TensorSpec slot = input(name + ".slots", DType.I32, batch);
        TensorSpec rows = input(name + ".rows", DType.I32, asked);
        TensorSpec keys = input(name + ".keys", DType.I32, asked, 4);
        TensorSpec settings = input(name + ".sampling", DType.F32, asked, 2);
        TensorSpec logits = output(name + ".logits", asked, architecture.vocabulary());
        var ids = new TensorSpec(name + ".ids", Shape.of(asked), DType.I32, Role.OUTPUT);
        writer.embedAndBlocks(cache(slots, slot), Collections.emptySortedSet());
        writer.head(
                (scope, hidden) -> {
                    Tensor last = scope.activation("last", asked, architecture.width());
                    scope.append(new Embedding(rows.whole(), hidden, last));
                    TokenHead.append(scope, last, logits.whole());
                    scope.append(
                            new Sample(
                                    logits.whole(),
                                    keys.whole(),
                                    settings.whole(),
                                    ids.whole(),
                                    DRAW_SITE));
                });
        return new Cached(writer.build(), writer.inputs, logits, slot, rows, keys, settings, ids);
    }

    /// The loss of each position's target, and the token that is most likely there; positions see
    /// what the cache holds before them.
    ///
    /// @param slots of the cache
    public Scored scored(String name, int batch, int length, int slots) {
        var writer = new Writer(name, batch, length, false, false);
        TensorSpec slot = input(name + ".slots", DType.I32, batch);
        TensorSpec targets = input(name + ".targets", DType.I32, batch, length);
        TensorSpec losses = output(name + ".losses", batch, length);
        var best = new TensorSpec(name + ".best", Shape.of(batch, length), DType.I32, Role.OUTPUT);
        writer.embedAndBlocks(cache(slots, slot), Collections.emptySortedSet());
        writer.head(
                (scope, hidden) -> {
                    Tensor logits = scope.activation("logits", hidden, architecture.vocabulary());
                    Tensor lse = scope.activation("lse", batch * length);
                    TokenHead.append(scope, hidden, logits);
                    scope.append(new ArgMax(logits, best.whole()));
                    scope.append(new CrossEntropy(logits, targets.whole(), lse, losses.whole()));
                });
        return new Scored(writer.build(), writer.inputs, slot, targets, losses, best);
    }

    private Transformer.Cache cache(int slots, TensorSpec slot) {
        Shape shape =
                Shape.of(
                        slots,
                        architecture.attention().keyValueHeads(),
                        constants.context(),
                        architecture.attention().headSize());
        var keys =
                new TensorSpec(
                        prefix + "cache.keys", shape, cacheType, Role.CACHE, architecture.layers());
        return new Transformer.Cache(keys, keys.as(prefix + "cache.values", Role.CACHE), slot);
    }

    private static TensorSpec input(String name, DType type, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), type, Role.INPUT);
    }

    private static TensorSpec output(String name, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), DType.F32, Role.OUTPUT);
    }

    /// What follows the blocks.
    @FunctionalInterface
    private interface HeadWriter {
        /// @param hidden `[B, T, C]`
        void write(Scope scope, Tensor hidden);
    }

    /// Writes one program, segment by segment.
    private final class Writer {
        private final String name;
        private final Program.Builder program;
        private final Inputs inputs;
        private final TensorSpec rng;
        private final boolean dropout;
        private final Transformer transformer;

        Writer(String name, int batch, int length, boolean spans, boolean dropout) {
            this.name = name;
            this.program = Program.builder(name);
            boolean types = architecture.embedding().tokenTypes() > 0;
            this.inputs = Inputs.of(name, batch, length, spans, types);
            this.rng = input(name + ".rng", DType.I32, 4);
            this.dropout = dropout;
            this.transformer = new Transformer(parameters, inputs, constants);
        }

        void embedAndBlocks(Transformer.@Nullable Cache cache, SortedSet<Integer> borders) {
            program.once("embed", ops -> transformer.embed(scope(0, ops), cache != null));
            var starts = new TreeSet<>(borders);
            starts.add(0);
            if (architecture.norms().firstIsIdentity()) {
                starts.add(1);
            }
            int layers = architecture.layers();
            boolean one = starts.headSet(layers).size() == 1;
            for (int first : starts.headSet(layers)) {
                Integer next = starts.higher(first);
                int end = next == null ? layers : Math.min(next, layers);
                program.repeat(
                        one ? "blocks" : "blocks." + first + "-" + (end - 1),
                        first,
                        end - first,
                        ops -> transformer.block(scope(layers, ops), cache, first == 0));
            }
        }

        void head(HeadWriter writer) {
            program.once(
                    "head",
                    ops -> {
                        Scope scope = scope(0, ops);
                        writer.write(scope, transformer.hidden(scope));
                    });
        }

        private Scope scope(int layers, Consumer<Op> ops) {
            return new Scope(parameters, name, layers, dropout ? rng : null, ops);
        }

        Program build() {
            return program.build();
        }
    }
}
