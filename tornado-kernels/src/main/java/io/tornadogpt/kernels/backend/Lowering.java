package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MeanLoss;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.kernels.AdamWKernels;
import io.tornadogpt.kernels.AddBiasKernels;
import io.tornadogpt.kernels.AddKernels;
import io.tornadogpt.kernels.ArgMaxKernels;
import io.tornadogpt.kernels.AttentionKernels;
import io.tornadogpt.kernels.CachedAttentionKernels;
import io.tornadogpt.kernels.ClipScaleKernels;
import io.tornadogpt.kernels.CopyKernels;
import io.tornadogpt.kernels.CrossEntropyKernels;
import io.tornadogpt.kernels.DropoutKernels;
import io.tornadogpt.kernels.EmbeddingKernels;
import io.tornadogpt.kernels.GeluKernels;
import io.tornadogpt.kernels.GradientNormKernels;
import io.tornadogpt.kernels.LayerNormKernels;
import io.tornadogpt.kernels.MatMulKernels;
import io.tornadogpt.kernels.MeanLossKernels;
import io.tornadogpt.kernels.Place;
import io.tornadogpt.kernels.SampleKernels;
import io.tornadogpt.kernels.SoftmaxKernels;
import io.tornadogpt.kernels.ZeroKernels;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/// Which kernels an op is, with which arguments: from an op to the launches that compute it.
public final class Lowering {
    /// Rows up to which the kernel for few rows is used.
    private static final int FEW_ROWS = 3;

    private final KernelContext context = new KernelContext();
    private final DeviceTensors tensors;

    private Lowering(DeviceTensors tensors) {
        this.tensors = tensors;
    }

    /// The launches of an op, in order.
    ///
    /// @param tensors where the op's tensors lie
    public static List<Launch> of(DeviceTensors tensors, Op op) {
        return new Lowering(tensors).of(op);
    }

    private List<Launch> of(Op op) {
        return switch (op) {
            case Add o -> add(o);
            case AddBias o -> addBias(o);
            case AddBias.Backward o -> addBiasBackward(o);
            case AdamW o -> adamW(o);
            case ArgMax o -> argMax(o);
            case Attention o -> attention(o);
            case Attention.Backward o -> attentionBackward(o);
            case CachedAttention o -> cachedAttention(o);
            case ClipScale o -> clipScale(o);
            case Copy o -> copy(o);
            case CrossEntropy o -> crossEntropy(o);
            case CrossEntropy.Backward o -> crossEntropyBackward(o);
            case Dropout o -> dropout(o);
            case Embedding o -> embedding(o);
            case Embedding.Backward o -> embeddingBackward(o);
            case Gelu o -> gelu(o);
            case Gelu.Backward o -> geluBackward(o);
            case GradientNorm o -> gradientNorm(o);
            case LayerNorm o -> layerNorm(o);
            case LayerNorm.Backward o -> layerNormBackward(o);
            case MatMul o -> matMul(o);
            case MeanLoss o -> meanLoss(o);
            case MeanLoss.Backward o -> meanLossBackward(o);
            case Sample o -> sample(o);
            case Softmax o -> softmax(o);
            case Softmax.Backward o -> softmaxBackward(o);
            case Zero o -> zero(o);
        };
    }

    /// Elements of the scratch array of floats that an op's kernels share.
    static int floatScratch(Op op) {
        return switch (op) {
            case Attention.Backward o -> n(o.lse());
            case CachedAttention o ->
                    CachedAttentionKernels.partialElements(
                            o.batch() * o.positionsPerRun(),
                            o.capacity(),
                            o.heads().count(),
                            headSize(o.channels(), o.heads()));
            case GradientNorm o -> parts(o.gradients());
            default -> 0;
        };
    }

    /// Elements of the scratch array of integers that an op's kernels share.
    static int integerScratch(Op op) {
        return op instanceof Embedding.Backward o ? EmbeddingKernels.links(n(o.ids())) : 0;
    }

    private static int parts(List<Tensor> gradients) {
        return gradients.stream().mapToInt(x -> GradientNormKernels.parts(n(x))).sum();
    }

    private static Launch launch(
            String kernel, @Nullable WorkerGrid grid, BiConsumer<TaskGraph, String> adding) {
        return new Launch(kernel, grid, adding);
    }

    private static int n(Tensor tensor) {
        return Math.toIntExact(tensor.elements());
    }

    private FloatArray f(Tensor tensor) {
        return tensors.floats(tensor);
    }

    private IntArray ints(Tensor tensor) {
        return tensors.integers(tensor);
    }

    private long at(Tensor tensor) {
        return tensors.place(tensor);
    }

    private long atOptional(@Nullable Tensor tensor) {
        return tensor == null ? Place.WHOLE : at(tensor);
    }

    /// What stands for a tensor that is not there: an array that comes before in the arguments.
    private FloatArray optional(@Nullable Tensor tensor, Tensor other) {
        return f(tensor == null ? other : tensor);
    }

    /// The window's array: one that starts with 0 where there is none.
    private IntArray window(Attention.Heads heads) {
        Tensor window = heads.window();
        return window == null ? tensors.zero() : ints(window);
    }

    private IntArray rng(Dropout.@Nullable Mask mask) {
        return mask == null ? tensors.zero() : ints(mask.rng());
    }

    private long rngPlace(Dropout.@Nullable Mask mask) {
        return mask == null ? Place.WHOLE : at(mask.rng());
    }

    private static long packed(Dropout.@Nullable Mask mask) {
        return mask == null ? 0 : DropoutKernels.mask(mask.threshold(), mask.id());
    }

    private static int headSize(int channels, Attention.Heads heads) {
        return channels / heads.count();
    }

    private static int flag(@Nullable Object there) {
        return there == null ? 0 : 1;
    }

    private static int form(Gelu.Form form) {
        return switch (form) {
            case TANH -> GeluKernels.TANH;
            case EXACT -> GeluKernels.EXACT;
        };
    }

    private List<Launch> add(Add o) {
        return List.of(
                launch(
                        "addElements",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        AddKernels::addElements,
                                        tensors.layer(),
                                        f(o.a()),
                                        at(o.a()),
                                        f(o.b()),
                                        at(o.b()),
                                        f(o.out()),
                                        at(o.out()),
                                        n(o.out()))));
    }

    private List<Launch> addBias(AddBias o) {
        return List.of(
                launch(
                        "addBias",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        AddBiasKernels::addBias,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.bias()),
                                        at(o.bias()),
                                        f(o.out()),
                                        at(o.out()),
                                        o.x().rows(),
                                        o.x().columns())));
    }

    private List<Launch> addBiasBackward(AddBias.Backward o) {
        return List.of(
                launch(
                        "addBiasBackward",
                        AddBiasKernels.addBiasBackwardGrid(o.dOut().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        AddBiasKernels::addBiasBackward,
                                        context,
                                        tensors.layer(),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        f(o.dBias()),
                                        at(o.dBias()),
                                        o.dOut().rows(),
                                        o.dOut().columns())));
    }

    private List<Launch> adamW(AdamW o) {
        AdamW.Settings s = o.settings();
        return List.of(
                launch(
                        "adamW",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        AdamWKernels::adamW,
                                        tensors.layer(),
                                        f(o.parameter()),
                                        at(o.parameter()),
                                        f(o.gradient()),
                                        at(o.gradient()),
                                        f(o.m()),
                                        at(o.m()),
                                        f(o.v()),
                                        at(o.v()),
                                        f(o.scale()),
                                        at(o.scale()),
                                        f(o.schedule()),
                                        at(o.schedule()),
                                        n(o.parameter()),
                                        (float) s.beta1(),
                                        (float) (1 - s.beta1()),
                                        (float) s.beta2(),
                                        (float) (1 - s.beta2()),
                                        (float) s.epsilon(),
                                        (float) s.weightDecay())));
    }

    private List<Launch> attention(Attention o) {
        int headSize = headSize(o.channels(), o.heads());
        return List.of(
                launch(
                        "attention",
                        AttentionKernels.grid(
                                o.batch(), o.positions(), o.heads().count(), headSize),
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attention,
                                        context,
                                        tensors.layer(),
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.out()),
                                        at(o.out()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        window(o.heads()),
                                        atOptional(o.heads().window()),
                                        rng(o.dropout()),
                                        rngPlace(o.dropout()),
                                        o.positions(),
                                        o.heads().count(),
                                        headSize,
                                        (float) o.heads().scale(),
                                        packed(o.dropout()))));
    }

    private List<Launch> attentionBackward(Attention.Backward o) {
        int heads = o.heads().count();
        int headSize = headSize(o.channels(), o.heads());
        WorkerGrid grid = AttentionKernels.grid(o.batch(), o.positions(), heads, headSize);
        return List.of(
                launch(
                        "attentionDelta",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionDelta,
                                        tensors.layer(),
                                        f(o.out()),
                                        at(o.out()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        tensors.floatScratch(),
                                        o.batch(),
                                        o.positions(),
                                        heads,
                                        headSize)),
                launch(
                        "attentionQueryBackward",
                        grid,
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionQueryBackward,
                                        context,
                                        tensors.layer(),
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        tensors.floatScratch(),
                                        f(o.dQkv()),
                                        at(o.dQkv()),
                                        window(o.heads()),
                                        atOptional(o.heads().window()),
                                        rng(o.dropout()),
                                        rngPlace(o.dropout()),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        packed(o.dropout()))),
                launch(
                        "attentionKeyValueBackward",
                        grid,
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionKeyValueBackward,
                                        context,
                                        tensors.layer(),
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        tensors.floatScratch(),
                                        f(o.dQkv()),
                                        at(o.dQkv()),
                                        window(o.heads()),
                                        atOptional(o.heads().window()),
                                        rng(o.dropout()),
                                        rngPlace(o.dropout()),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        packed(o.dropout()))));
    }

    private List<Launch> cachedAttention(CachedAttention o) {
        int heads = o.heads().count();
        int headSize = headSize(o.channels(), o.heads());
        int rows = o.batch() * o.positionsPerRun();
        return List.of(
                launch(
                        "storeKeysAndValues",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::storeKeysAndValues,
                                        tensors.layer(),
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.keyCache()),
                                        at(o.keyCache()),
                                        f(o.valueCache()),
                                        at(o.valueCache()),
                                        ints(o.positions()),
                                        at(o.positions()),
                                        rows,
                                        o.positionsPerRun(),
                                        o.capacity(),
                                        heads,
                                        headSize)),
                launch(
                        "attendSplits",
                        CachedAttentionKernels.attendSplitsGrid(rows, o.capacity(), heads),
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::attendSplits,
                                        context,
                                        tensors.layer(),
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.keyCache()),
                                        at(o.keyCache()),
                                        f(o.valueCache()),
                                        at(o.valueCache()),
                                        ints(o.positions()),
                                        at(o.positions()),
                                        window(o.heads()),
                                        atOptional(o.heads().window()),
                                        tensors.floatScratch(),
                                        o.positionsPerRun(),
                                        o.capacity(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale())),
                launch(
                        "mergeSplits",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::mergeSplits,
                                        tensors.layer(),
                                        tensors.floatScratch(),
                                        f(o.out()),
                                        at(o.out()),
                                        rows,
                                        o.capacity(),
                                        heads,
                                        headSize)));
    }

    private List<Launch> clipScale(ClipScale o) {
        return List.of(
                launch(
                        "clipScale",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        ClipScaleKernels::clipScale,
                                        tensors.layer(),
                                        f(o.norm()),
                                        at(o.norm()),
                                        f(o.scale()),
                                        at(o.scale()),
                                        (float) o.maxNorm())));
    }

    private List<Launch> copy(Copy o) {
        return List.of(
                launch(
                        "copyElements",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        CopyKernels::copyElements,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.out()),
                                        at(o.out()),
                                        n(o.out()))));
    }

    private List<Launch> crossEntropy(CrossEntropy o) {
        return List.of(
                launch(
                        "crossEntropy",
                        CrossEntropyKernels.grid(o.logits().rows(), o.logits().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        CrossEntropyKernels::crossEntropy,
                                        context,
                                        tensors.layer(),
                                        f(o.logits()),
                                        at(o.logits()),
                                        ints(o.targets()),
                                        at(o.targets()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.losses()),
                                        at(o.losses()),
                                        o.logits().columns())));
    }

    private List<Launch> crossEntropyBackward(CrossEntropy.Backward o) {
        return List.of(
                launch(
                        "crossEntropyBackward",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        CrossEntropyKernels::crossEntropyBackward,
                                        tensors.layer(),
                                        f(o.logits()),
                                        at(o.logits()),
                                        ints(o.targets()),
                                        at(o.targets()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.dLosses()),
                                        at(o.dLosses()),
                                        f(o.dLogits()),
                                        at(o.dLogits()),
                                        o.logits().rows(),
                                        o.logits().columns())));
    }

    private List<Launch> dropout(Dropout o) {
        return List.of(
                launch(
                        "dropout",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        DropoutKernels::dropout,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        ints(o.mask().rng()),
                                        at(o.mask().rng()),
                                        f(o.out()),
                                        at(o.out()),
                                        o.x().rows(),
                                        o.x().columns(),
                                        o.mask().threshold(),
                                        (float) o.mask().keepScale(),
                                        o.mask().id())));
    }

    private List<Launch> embedding(Embedding o) {
        return List.of(
                launch(
                        "embedding",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        EmbeddingKernels::embedding,
                                        tensors.layer(),
                                        ints(o.ids()),
                                        at(o.ids()),
                                        f(o.table()),
                                        at(o.table()),
                                        f(o.out()),
                                        at(o.out()),
                                        n(o.ids()),
                                        o.table().columns())));
    }

    private List<Launch> embeddingBackward(Embedding.Backward o) {
        int count = n(o.ids());
        return List.of(
                launch(
                        "linkEqualIds",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        EmbeddingKernels::linkEqualIds,
                                        tensors.layer(),
                                        ints(o.ids()),
                                        at(o.ids()),
                                        tensors.integerScratch(),
                                        count)),
                launch(
                        "embeddingBackward",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        EmbeddingKernels::embeddingBackward,
                                        tensors.layer(),
                                        ints(o.ids()),
                                        at(o.ids()),
                                        tensors.integerScratch(),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        f(o.dTable()),
                                        at(o.dTable()),
                                        count,
                                        o.dTable().columns())));
    }

    private List<Launch> gelu(Gelu o) {
        return List.of(
                launch(
                        "gelu",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        GeluKernels::gelu,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.out()),
                                        at(o.out()),
                                        n(o.out()),
                                        form(o.form()))));
    }

    private List<Launch> geluBackward(Gelu.Backward o) {
        return List.of(
                launch(
                        "geluBackward",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        GeluKernels::geluBackward,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        f(o.dX()),
                                        at(o.dX()),
                                        n(o.dX()),
                                        form(o.form()))));
    }

    private List<Launch> gradientNorm(GradientNorm o) {
        var launches = new ArrayList<Launch>();
        int count = parts(o.gradients());
        int next = 0;
        for (Tensor gradient : o.gradients()) {
            int first = next;
            launches.add(
                    launch(
                            "sumSquares",
                            GradientNormKernels.sumSquaresGrid(n(gradient)),
                            (g, t) ->
                                    g.task(
                                            t,
                                            GradientNormKernels::sumSquares,
                                            context,
                                            tensors.layer(),
                                            f(gradient),
                                            at(gradient),
                                            tensors.floatScratch(),
                                            first,
                                            n(gradient))));
            next += GradientNormKernels.parts(n(gradient));
        }
        launches.add(
                launch(
                        "rootOfSum",
                        GradientNormKernels.rootOfSumGrid(count),
                        (g, t) ->
                                g.task(
                                        t,
                                        GradientNormKernels::rootOfSum,
                                        context,
                                        tensors.layer(),
                                        tensors.floatScratch(),
                                        f(o.norm()),
                                        at(o.norm()),
                                        count)));
        return launches;
    }

    private List<Launch> layerNorm(LayerNorm o) {
        return List.of(
                launch(
                        "layerNorm",
                        LayerNormKernels.grid(o.x().rows(), o.x().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        LayerNormKernels::layerNorm,
                                        context,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.weight()),
                                        at(o.weight()),
                                        optional(o.bias(), o.weight()),
                                        atOptional(o.bias()),
                                        f(o.out()),
                                        at(o.out()),
                                        f(o.mean()),
                                        at(o.mean()),
                                        f(o.rstd()),
                                        at(o.rstd()),
                                        o.x().columns(),
                                        (float) o.epsilon(),
                                        flag(o.bias()))));
    }

    private List<Launch> layerNormBackward(LayerNorm.Backward o) {
        var launches = new ArrayList<Launch>();
        if (o.dWeight() != null || o.dBias() != null) {
            launches.add(
                    launch(
                            "layerNormWeightBackward",
                            LayerNormKernels.weightGrid(o.x().columns()),
                            (g, t) ->
                                    g.task(
                                            t,
                                            LayerNormKernels::layerNormWeightBackward,
                                            context,
                                            tensors.layer(),
                                            f(o.x()),
                                            at(o.x()),
                                            f(o.mean()),
                                            at(o.mean()),
                                            f(o.rstd()),
                                            at(o.rstd()),
                                            f(o.dOut()),
                                            at(o.dOut()),
                                            optional(o.dWeight(), o.dOut()),
                                            atOptional(o.dWeight()),
                                            optional(o.dBias(), o.dOut()),
                                            atOptional(o.dBias()),
                                            o.x().rows(),
                                            o.x().columns(),
                                            flag(o.dWeight()),
                                            flag(o.dBias()))));
        }
        launches.add(
                launch(
                        "layerNormBackward",
                        LayerNormKernels.grid(o.x().rows(), o.x().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        LayerNormKernels::layerNormBackward,
                                        context,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.weight()),
                                        at(o.weight()),
                                        f(o.mean()),
                                        at(o.mean()),
                                        f(o.rstd()),
                                        at(o.rstd()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        optional(o.addend(), o.dOut()),
                                        atOptional(o.addend()),
                                        f(o.dX()),
                                        at(o.dX()),
                                        o.x().columns(),
                                        flag(o.addend()))));
        return launches;
    }

    private List<Launch> matMul(MatMul o) {
        boolean few = o.m() <= FEW_ROWS;
        MatMul.Epilogue e = o.epilogue();
        WorkerGrid grid =
                few
                        ? MatMulKernels.matMulOfFewRowsGrid(o.m(), o.n())
                        : MatMulKernels.matMulGrid(o.m(), o.n());
        return List.of(
                launch(
                        few ? "matMulOfFewRows" : "matMul",
                        grid,
                        (g, t) ->
                                g.task(
                                        t,
                                        few
                                                ? MatMulKernels::matMulOfFewRows
                                                : MatMulKernels::matMul,
                                        context,
                                        tensors.layer(),
                                        f(o.a()),
                                        at(o.a()),
                                        f(o.b()),
                                        at(o.b()),
                                        optional(e.bias(), o.a()),
                                        atOptional(e.bias()),
                                        optional(e.addend(), o.a()),
                                        atOptional(e.addend()),
                                        optional(e.preActivation(), o.a()),
                                        atOptional(e.preActivation()),
                                        f(o.out()),
                                        at(o.out()),
                                        o.m(),
                                        o.n(),
                                        o.k(),
                                        options(o))));
    }

    private static int options(MatMul o) {
        MatMul.Epilogue e = o.epilogue();
        int options = o.transposeA() ? MatMulKernels.TRANSPOSE_A : 0;
        options += o.transposeB() ? MatMulKernels.TRANSPOSE_B : 0;
        options += o.accumulate() ? MatMulKernels.ACCUMULATE : 0;
        options += e.bias() != null ? MatMulKernels.BIAS : 0;
        options += e.gelu() == Gelu.Form.TANH ? MatMulKernels.GELU_TANH : 0;
        options += e.gelu() == Gelu.Form.EXACT ? MatMulKernels.GELU_EXACT : 0;
        options += e.preActivation() != null ? MatMulKernels.KEEP : 0;
        return options + (e.addend() != null ? MatMulKernels.ADDEND : 0);
    }

    private List<Launch> meanLoss(MeanLoss o) {
        return List.of(
                launch(
                        "meanLoss",
                        MeanLossKernels.grid(n(o.losses())),
                        (g, t) ->
                                g.task(
                                        t,
                                        MeanLossKernels::meanLoss,
                                        context,
                                        tensors.layer(),
                                        f(o.losses()),
                                        at(o.losses()),
                                        ints(o.targets()),
                                        at(o.targets()),
                                        f(o.loss()),
                                        at(o.loss()),
                                        f(o.count()),
                                        at(o.count()),
                                        n(o.losses()))));
    }

    private List<Launch> meanLossBackward(MeanLoss.Backward o) {
        return List.of(
                launch(
                        "meanLossBackward",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        MeanLossKernels::meanLossBackward,
                                        tensors.layer(),
                                        ints(o.targets()),
                                        at(o.targets()),
                                        f(o.count()),
                                        at(o.count()),
                                        f(o.dLoss()),
                                        at(o.dLoss()),
                                        f(o.dLosses()),
                                        at(o.dLosses()),
                                        n(o.dLosses()))));
    }

    private List<Launch> softmax(Softmax o) {
        return List.of(
                launch(
                        "softmax",
                        SoftmaxKernels.grid(o.x().rows(), o.x().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        SoftmaxKernels::softmax,
                                        context,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        f(o.out()),
                                        at(o.out()),
                                        o.x().columns())));
    }

    private List<Launch> softmaxBackward(Softmax.Backward o) {
        return List.of(
                launch(
                        "softmaxBackward",
                        SoftmaxKernels.grid(o.out().rows(), o.out().columns()),
                        (g, t) ->
                                g.task(
                                        t,
                                        SoftmaxKernels::softmaxBackward,
                                        context,
                                        tensors.layer(),
                                        f(o.out()),
                                        at(o.out()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        f(o.dX()),
                                        at(o.dX()),
                                        o.out().columns())));
    }

    private List<Launch> zero(Zero o) {
        return List.of(
                launch(
                        "zeroElements",
                        null,
                        (g, t) ->
                                g.task(
                                        t,
                                        ZeroKernels::zeroElements,
                                        tensors.layer(),
                                        f(o.x()),
                                        at(o.x()),
                                        n(o.x()))));
    }

    private List<Launch> argMax(ArgMax o) {
        int columns = o.logits().columns();
        return List.of(
                launch(
                        "argMax",
                        ArgMaxKernels.grid(o.logits().rows(), columns),
                        (g, t) ->
                                g.task(
                                        t,
                                        ArgMaxKernels::argMax,
                                        context,
                                        tensors.layer(),
                                        f(o.logits()),
                                        at(o.logits()),
                                        ints(o.ids()),
                                        at(o.ids()),
                                        columns)));
    }

    private List<Launch> sample(Sample o) {
        int columns = o.logits().columns();
        return List.of(
                launch(
                        "sample",
                        SampleKernels.grid(o.logits().rows(), columns),
                        (g, t) ->
                                g.task(
                                        t,
                                        SampleKernels::sample,
                                        context,
                                        tensors.layer(),
                                        f(o.logits()),
                                        at(o.logits()),
                                        ints(o.rng()),
                                        at(o.rng()),
                                        f(o.settings()),
                                        at(o.settings()),
                                        ints(o.ids()),
                                        at(o.ids()),
                                        columns,
                                        o.id())));
    }
}
