package io.tornadogpt.kernels;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
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
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.Slice;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Which kernels an op is, with which arguments.
final class Launches {
    /// Rows up to which the kernel for few rows is used.
    private static final int FEW_ROWS = 3;

    private final KernelSession session;
    private final KernelContext context = new KernelContext();
    private final KernelRun run = new KernelRun();
    private final IntArray layer;

    Launches(KernelSession session, int layer) {
        this.session = session;
        this.layer = run.scratch(IntArray.fromElements(layer));
    }

    KernelRun of(Op op) {
        return switch (op) {
            case Add o -> add(o);
            case AddBias o -> addBias(o);
            case AddBias.Backward o -> addBiasBackward(o);
            case AdamW o -> adamW(o);
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
            case Softmax o -> softmax(o);
            case Softmax.Backward o -> softmaxBackward(o);
            case Zero o -> zero(o);
        };
    }

    /// The run that launches are added to.
    KernelRun run() {
        return run;
    }

    IntArray layer() {
        return layer;
    }

    FloatArray f(Tensor tensor) {
        return session.floats(tensor);
    }

    IntArray ints(Tensor tensor) {
        return session.integers(tensor);
    }

    static int n(Tensor tensor) {
        return Math.toIntExact(tensor.elements());
    }

    static long at(Tensor tensor) {
        int size = Math.toIntExact(tensor.spec().shape().elements());
        return switch (tensor.slice()) {
            case Slice.Whole() -> Place.WHOLE;
            case Slice.At(int index) -> Place.of(index * size, 0);
            case Slice.Layer(int shift) -> Place.of(shift * size, size);
        };
    }

    private static long atOptional(@Nullable Tensor tensor) {
        return tensor == null ? Place.WHOLE : at(tensor);
    }

    /// What stands for a tensor that is not there: an array that comes before in the arguments.
    private FloatArray optional(@Nullable Tensor tensor, Tensor other) {
        return f(tensor == null ? other : tensor);
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

    private KernelRun add(Add o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                AddKernels::addElements,
                                layer,
                                f(o.a()),
                                at(o.a()),
                                f(o.b()),
                                at(o.b()),
                                f(o.out()),
                                at(o.out()),
                                n(o.out())));
    }

    private KernelRun addBias(AddBias o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                AddBiasKernels::addBias,
                                layer,
                                f(o.x()),
                                at(o.x()),
                                f(o.bias()),
                                at(o.bias()),
                                f(o.out()),
                                at(o.out()),
                                o.x().rows(),
                                o.x().columns()));
    }

    private KernelRun addBiasBackward(AddBias.Backward o) {
        return run.task(
                AddBiasKernels.addBiasBackwardGrid(o.dOut().columns()),
                (g, t) ->
                        g.task(
                                t,
                                AddBiasKernels::addBiasBackward,
                                context,
                                layer,
                                f(o.dOut()),
                                at(o.dOut()),
                                f(o.dBias()),
                                at(o.dBias()),
                                o.dOut().rows(),
                                o.dOut().columns()));
    }

    private KernelRun adamW(AdamW o) {
        AdamW.Settings s = o.settings();
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                AdamWKernels::adamW,
                                layer,
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
                                (float) s.weightDecay()));
    }

    /// The window's array and place: one 0 where there is none.
    private IntArray window(Attention.Heads heads) {
        Tensor window = heads.window();
        return window == null ? run.scratch(IntArray.fromElements(0)) : ints(window);
    }

    private static int headSize(int channels, Attention.Heads heads) {
        return channels / heads.count();
    }

    private KernelRun attention(Attention o) {
        int headSize = headSize(o.channels(), o.heads());
        IntArray window = window(o.heads());
        Dropout.Mask mask = o.dropout();
        IntArray rng = mask == null ? window : ints(mask.rng());
        return run.task(
                AttentionKernels.grid(o.batch(), o.positions(), o.heads().count(), headSize),
                (g, t) ->
                        g.task(
                                t,
                                AttentionKernels::attention,
                                context,
                                layer,
                                f(o.qkv()),
                                at(o.qkv()),
                                f(o.out()),
                                at(o.out()),
                                f(o.lse()),
                                at(o.lse()),
                                window,
                                atOptional(o.heads().window()),
                                rng,
                                mask == null ? Place.WHOLE : at(mask.rng()),
                                o.positions(),
                                o.heads().count(),
                                headSize,
                                (float) o.heads().scale(),
                                mask(mask)));
    }

    private static long mask(Dropout.@Nullable Mask mask) {
        return mask == null ? 0 : DropoutKernels.mask(mask.threshold(), mask.id());
    }

    private KernelRun attentionBackward(Attention.Backward o) {
        int heads = o.heads().count();
        int headSize = headSize(o.channels(), o.heads());
        IntArray window = window(o.heads());
        Dropout.Mask mask = o.dropout();
        IntArray rng = mask == null ? window : ints(mask.rng());
        FloatArray delta = run.scratch(new FloatArray(n(o.lse())));
        WorkerGrid grid = AttentionKernels.grid(o.batch(), o.positions(), heads, headSize);
        return run.task(
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionDelta,
                                        layer,
                                        f(o.out()),
                                        at(o.out()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        delta,
                                        o.batch(),
                                        o.positions(),
                                        heads,
                                        headSize))
                .task(
                        grid,
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionQueryBackward,
                                        context,
                                        layer,
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        delta,
                                        f(o.dQkv()),
                                        at(o.dQkv()),
                                        window,
                                        atOptional(o.heads().window()),
                                        rng,
                                        mask == null ? Place.WHOLE : at(mask.rng()),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        mask(mask)))
                .task(
                        grid,
                        (g, t) ->
                                g.task(
                                        t,
                                        AttentionKernels::attentionKeyValueBackward,
                                        context,
                                        layer,
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.lse()),
                                        at(o.lse()),
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        delta,
                                        f(o.dQkv()),
                                        at(o.dQkv()),
                                        window,
                                        atOptional(o.heads().window()),
                                        rng,
                                        mask == null ? Place.WHOLE : at(mask.rng()),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        mask(mask)));
    }

    private KernelRun cachedAttention(CachedAttention o) {
        int heads = o.heads().count();
        int headSize = headSize(o.channels(), o.heads());
        int rows = o.batch() * o.positionsPerRun();
        IntArray window = window(o.heads());
        FloatArray partial =
                run.scratch(
                        new FloatArray(
                                CachedAttentionKernels.partialElements(
                                        rows, o.capacity(), heads, headSize)));
        return run.task(
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::storeKeysAndValues,
                                        layer,
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
                                        headSize))
                .task(
                        CachedAttentionKernels.attendSplitsGrid(rows, o.capacity(), heads),
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::attendSplits,
                                        context,
                                        layer,
                                        f(o.qkv()),
                                        at(o.qkv()),
                                        f(o.keyCache()),
                                        at(o.keyCache()),
                                        f(o.valueCache()),
                                        at(o.valueCache()),
                                        ints(o.positions()),
                                        at(o.positions()),
                                        window,
                                        atOptional(o.heads().window()),
                                        partial,
                                        o.positionsPerRun(),
                                        o.capacity(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale()))
                .task(
                        (g, t) ->
                                g.task(
                                        t,
                                        CachedAttentionKernels::mergeSplits,
                                        layer,
                                        partial,
                                        f(o.out()),
                                        at(o.out()),
                                        rows,
                                        o.capacity(),
                                        heads,
                                        headSize));
    }

    private KernelRun clipScale(ClipScale o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                ClipScaleKernels::clipScale,
                                layer,
                                f(o.norm()),
                                at(o.norm()),
                                f(o.scale()),
                                at(o.scale()),
                                (float) o.maxNorm()));
    }

    private KernelRun copy(Copy o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                CopyKernels::copyElements,
                                layer,
                                f(o.x()),
                                at(o.x()),
                                f(o.out()),
                                at(o.out()),
                                n(o.out())));
    }

    private KernelRun crossEntropy(CrossEntropy o) {
        return run.task(
                CrossEntropyKernels.grid(o.logits().rows(), o.logits().columns()),
                (g, t) ->
                        g.task(
                                t,
                                CrossEntropyKernels::crossEntropy,
                                context,
                                layer,
                                f(o.logits()),
                                at(o.logits()),
                                ints(o.targets()),
                                at(o.targets()),
                                f(o.lse()),
                                at(o.lse()),
                                f(o.losses()),
                                at(o.losses()),
                                o.logits().columns()));
    }

    private KernelRun crossEntropyBackward(CrossEntropy.Backward o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                CrossEntropyKernels::crossEntropyBackward,
                                layer,
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
                                o.logits().columns()));
    }

    private KernelRun dropout(Dropout o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                DropoutKernels::dropout,
                                layer,
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
                                o.mask().id()));
    }

    private KernelRun embedding(Embedding o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                EmbeddingKernels::embedding,
                                layer,
                                ints(o.ids()),
                                at(o.ids()),
                                f(o.table()),
                                at(o.table()),
                                f(o.out()),
                                at(o.out()),
                                n(o.ids()),
                                o.table().columns()));
    }

    private KernelRun embeddingBackward(Embedding.Backward o) {
        int count = n(o.ids());
        IntArray links = run.scratch(new IntArray(EmbeddingKernels.links(count)));
        return run.task(
                        (g, t) ->
                                g.task(
                                        t,
                                        EmbeddingKernels::linkEqualIds,
                                        layer,
                                        ints(o.ids()),
                                        at(o.ids()),
                                        links,
                                        count))
                .task(
                        (g, t) ->
                                g.task(
                                        t,
                                        EmbeddingKernels::embeddingBackward,
                                        layer,
                                        ints(o.ids()),
                                        at(o.ids()),
                                        links,
                                        f(o.dOut()),
                                        at(o.dOut()),
                                        f(o.dTable()),
                                        at(o.dTable()),
                                        count,
                                        o.dTable().columns()));
    }

    private KernelRun gelu(Gelu o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                GeluKernels::gelu,
                                layer,
                                f(o.x()),
                                at(o.x()),
                                f(o.out()),
                                at(o.out()),
                                n(o.out()),
                                form(o.form())));
    }

    private KernelRun geluBackward(Gelu.Backward o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                GeluKernels::geluBackward,
                                layer,
                                f(o.x()),
                                at(o.x()),
                                f(o.dOut()),
                                at(o.dOut()),
                                f(o.dX()),
                                at(o.dX()),
                                n(o.dX()),
                                form(o.form())));
    }

    private KernelRun gradientNorm(GradientNorm o) {
        int count = o.gradients().stream().mapToInt(x -> GradientNormKernels.parts(n(x))).sum();
        FloatArray partial = run.scratch(new FloatArray(count));
        int next = 0;
        for (Tensor gradient : o.gradients()) {
            int first = next;
            run.task(
                    GradientNormKernels.sumSquaresGrid(n(gradient)),
                    (g, t) ->
                            g.task(
                                    t,
                                    GradientNormKernels::sumSquares,
                                    context,
                                    layer,
                                    f(gradient),
                                    at(gradient),
                                    partial,
                                    first,
                                    n(gradient)));
            next += GradientNormKernels.parts(n(gradient));
        }
        return run.task(
                GradientNormKernels.rootOfSumGrid(count),
                (g, t) ->
                        g.task(
                                t,
                                GradientNormKernels::rootOfSum,
                                context,
                                layer,
                                partial,
                                f(o.norm()),
                                at(o.norm()),
                                count));
    }

    private KernelRun layerNorm(LayerNorm o) {
        return run.task(
                LayerNormKernels.grid(o.x().rows(), o.x().columns()),
                (g, t) ->
                        g.task(
                                t,
                                LayerNormKernels::layerNorm,
                                context,
                                layer,
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
                                flag(o.bias())));
    }

    private KernelRun layerNormBackward(LayerNorm.Backward o) {
        if (o.dWeight() != null || o.dBias() != null) {
            run.task(
                    LayerNormKernels.weightGrid(o.x().columns()),
                    (g, t) ->
                            g.task(
                                    t,
                                    LayerNormKernels::layerNormWeightBackward,
                                    context,
                                    layer,
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
                                    flag(o.dBias())));
        }
        return run.task(
                LayerNormKernels.grid(o.x().rows(), o.x().columns()),
                (g, t) ->
                        g.task(
                                t,
                                LayerNormKernels::layerNormBackward,
                                context,
                                layer,
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
                                flag(o.addend())));
    }

    private KernelRun matMul(MatMul o) {
        boolean few = o.m() <= FEW_ROWS;
        MatMul.Epilogue e = o.epilogue();
        WorkerGrid grid =
                few
                        ? MatMulKernels.matMulOfFewRowsGrid(o.m(), o.n())
                        : MatMulKernels.matMulGrid(o.m(), o.n());
        return run.task(
                grid,
                (g, t) ->
                        g.task(
                                t,
                                few ? MatMulKernels::matMulOfFewRows : MatMulKernels::matMul,
                                context,
                                layer,
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
                                options(o)));
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

    private KernelRun meanLoss(MeanLoss o) {
        return run.task(
                MeanLossKernels.grid(n(o.losses())),
                (g, t) ->
                        g.task(
                                t,
                                MeanLossKernels::meanLoss,
                                context,
                                layer,
                                f(o.losses()),
                                at(o.losses()),
                                ints(o.targets()),
                                at(o.targets()),
                                f(o.loss()),
                                at(o.loss()),
                                f(o.count()),
                                at(o.count()),
                                n(o.losses())));
    }

    private KernelRun meanLossBackward(MeanLoss.Backward o) {
        return run.task(
                (g, t) ->
                        g.task(
                                t,
                                MeanLossKernels::meanLossBackward,
                                layer,
                                ints(o.targets()),
                                at(o.targets()),
                                f(o.count()),
                                at(o.count()),
                                f(o.dLoss()),
                                at(o.dLoss()),
                                f(o.dLosses()),
                                at(o.dLosses()),
                                n(o.dLosses())));
    }

    private KernelRun softmax(Softmax o) {
        return run.task(
                SoftmaxKernels.grid(o.x().rows(), o.x().columns()),
                (g, t) ->
                        g.task(
                                t,
                                SoftmaxKernels::softmax,
                                context,
                                layer,
                                f(o.x()),
                                at(o.x()),
                                f(o.out()),
                                at(o.out()),
                                o.x().columns()));
    }

    private KernelRun softmaxBackward(Softmax.Backward o) {
        return run.task(
                SoftmaxKernels.grid(o.out().rows(), o.out().columns()),
                (g, t) ->
                        g.task(
                                t,
                                SoftmaxKernels::softmaxBackward,
                                context,
                                layer,
                                f(o.out()),
                                at(o.out()),
                                f(o.dOut()),
                                at(o.dOut()),
                                f(o.dX()),
                                at(o.dX()),
                                o.out().columns()));
    }

    private KernelRun zero(Zero o) {
        return run.task(
                (g, t) ->
                        g.task(t, ZeroKernels::zeroElements, layer, f(o.x()), at(o.x()), n(o.x())));
    }
}
