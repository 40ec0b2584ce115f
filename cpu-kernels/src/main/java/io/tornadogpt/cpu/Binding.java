package io.tornadogpt.cpu;

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
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.cpu.kernels.AdamWKernel;
import io.tornadogpt.cpu.kernels.AddKernel;
import io.tornadogpt.cpu.kernels.AttentionKernel;
import io.tornadogpt.cpu.kernels.CachedAttentionKernel;
import io.tornadogpt.cpu.kernels.CopyKernel;
import io.tornadogpt.cpu.kernels.CrossEntropyKernel;
import io.tornadogpt.cpu.kernels.DropoutKernel;
import io.tornadogpt.cpu.kernels.EmbeddingKernel;
import io.tornadogpt.cpu.kernels.Epilogue;
import io.tornadogpt.cpu.kernels.GeluKernel;
import io.tornadogpt.cpu.kernels.Gemm;
import io.tornadogpt.cpu.kernels.GradientNormKernel;
import io.tornadogpt.cpu.kernels.KeepFactors;
import io.tornadogpt.cpu.kernels.LayerNormKernel;
import io.tornadogpt.cpu.kernels.MeanLossKernel;
import io.tornadogpt.cpu.kernels.SoftmaxKernel;
import io.tornadogpt.cpu.kernels.TokenKernel;
import io.tornadogpt.cpu.kernels.Workers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/// Makes a call of a kernel of each operation: shapes are taken from the tensors and memory is
/// looked up once. What may change from run to run (random keys, windows) is read when the kernel
/// runs.
///
/// @param workers threads
/// @param layer that the operation runs at, part of the key of random bits
/// @param memory of a tensor at that layer
record Binding(Workers workers, int layer, Function<Tensor, MemorySegment> memory) {

    Runnable kernel(Op op) {
        return switch (op) {
            case MatMul matMul -> matMul(matMul);
            case AddBias addBias -> addBias(addBias);
            case AddBias.Backward addBias -> addBiasBackward(addBias);
            case Add add -> add(add);
            case Copy copy -> copy(copy);
            case Zero zero -> zero(zero);
            case Gelu gelu -> gelu(gelu);
            case Gelu.Backward gelu -> geluBackward(gelu);
            case LayerNorm layerNorm -> layerNorm(layerNorm);
            case LayerNorm.Backward layerNorm -> layerNormBackward(layerNorm);
            case Softmax softmax -> softmax(softmax);
            case Softmax.Backward softmax -> softmaxBackward(softmax);
            case Attention attention -> attention(attention);
            case Attention.Backward attention -> attentionBackward(attention);
            case CachedAttention attention -> cachedAttention(attention);
            case Embedding embedding -> embedding(embedding);
            case Embedding.Backward embedding -> embeddingBackward(embedding);
            case Dropout dropout -> dropout(dropout);
            case CrossEntropy crossEntropy -> crossEntropy(crossEntropy);
            case CrossEntropy.Backward crossEntropy -> crossEntropyBackward(crossEntropy);
            case MeanLoss meanLoss -> meanLoss(meanLoss);
            case MeanLoss.Backward meanLoss -> meanLossBackward(meanLoss);
            case ArgMax argMax -> argMax(argMax);
            case Sample sample -> sample(sample);
            case GradientNorm gradientNorm -> gradientNorm(gradientNorm);
            case ClipScale clipScale -> clipScale(clipScale);
            case AdamW adamW -> adamW(adamW);
        };
    }

    private MemorySegment at(Tensor tensor) {
        return memory.apply(tensor);
    }

    private @Nullable MemorySegment atOrNull(@Nullable Tensor tensor) {
        return tensor == null ? null : memory.apply(tensor);
    }

    private Runnable matMul(MatMul op) {
        var a = new Gemm.Operand(at(op.a()), op.transposeA());
        var b = new Gemm.Operand(at(op.b()), op.transposeB(), op.b().dtype() == DType.BF16);
        MemorySegment out = at(op.out());
        int m = op.m();
        int n = op.n();
        int k = op.k();
        var epilogue =
                new Epilogue(
                        op.accumulate(),
                        atOrNull(op.epilogue().bias()),
                        op.epilogue().gelu(),
                        atOrNull(op.epilogue().preActivation()),
                        atOrNull(op.epilogue().addend()));
        return () -> Gemm.multiply(workers, a, b, out, m, n, k, epilogue);
    }

    private Runnable addBias(AddBias op) {
        MemorySegment x = at(op.x());
        MemorySegment bias = at(op.bias());
        MemorySegment out = at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        return () -> AddKernel.addBias(workers, x, bias, out, rows, columns);
    }

    private Runnable addBiasBackward(AddBias.Backward op) {
        MemorySegment dOut = at(op.dOut());
        MemorySegment dBias = at(op.dBias());
        int rows = op.dOut().rows();
        int columns = op.dOut().columns();
        return () -> AddKernel.addBiasBackward(workers, dOut, dBias, rows, columns);
    }

    private Runnable add(Add op) {
        MemorySegment a = at(op.a());
        MemorySegment b = at(op.b());
        MemorySegment out = at(op.out());
        return () -> AddKernel.add(workers, a, b, out);
    }

    private Runnable copy(Copy op) {
        MemorySegment x = at(op.x());
        MemorySegment out = at(op.out());
        return () -> CopyKernel.copy(workers, x, out);
    }

    private Runnable zero(Zero op) {
        MemorySegment x = at(op.x());
        return () -> CopyKernel.zero(workers, x);
    }

    private Runnable gelu(Gelu op) {
        MemorySegment x = at(op.x());
        MemorySegment out = at(op.out());
        return () -> GeluKernel.forward(workers, x, out, op.form());
    }

    private Runnable geluBackward(Gelu.Backward op) {
        MemorySegment x = at(op.x());
        MemorySegment dOut = at(op.dOut());
        MemorySegment dX = at(op.dX());
        return () -> GeluKernel.backward(workers, x, dOut, dX, op.form());
    }

    private Runnable layerNorm(LayerNorm op) {
        var kernel = new LayerNormKernel(workers, op.x().rows(), op.x().columns());
        MemorySegment x = at(op.x());
        MemorySegment weight = at(op.weight());
        MemorySegment bias = atOrNull(op.bias());
        MemorySegment out = at(op.out());
        MemorySegment mean = at(op.mean());
        MemorySegment rstd = at(op.rstd());
        return () -> kernel.forward(x, weight, bias, out, mean, rstd, op.epsilon());
    }

    private Runnable layerNormBackward(LayerNorm.Backward op) {
        var kernel = new LayerNormKernel(workers, op.x().rows(), op.x().columns());
        var gradient =
                new LayerNormKernel.Gradient(
                        at(op.x()),
                        at(op.weight()),
                        at(op.mean()),
                        at(op.rstd()),
                        at(op.dOut()),
                        at(op.dX()),
                        atOrNull(op.dWeight()),
                        atOrNull(op.dBias()),
                        atOrNull(op.addend()));
        return () -> kernel.backward(gradient);
    }

    private Runnable softmax(Softmax op) {
        MemorySegment x = at(op.x());
        MemorySegment out = at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        return () -> SoftmaxKernel.forward(workers, x, out, rows, columns);
    }

    private Runnable softmaxBackward(Softmax.Backward op) {
        MemorySegment out = at(op.out());
        MemorySegment dOut = at(op.dOut());
        MemorySegment dX = at(op.dX());
        int rows = op.out().rows();
        int columns = op.out().columns();
        return () -> SoftmaxKernel.backward(workers, out, dOut, dX, rows, columns);
    }

    private Runnable attention(Attention op) {
        MemorySegment qkv = at(op.qkv());
        MemorySegment out = at(op.out());
        MemorySegment lse = at(op.lse());
        var kernel =
                attentionKernel(
                        op.batch(), op.positions(), op.channels(), op.heads(), op.dropout());
        return () -> kernel.get().forward(qkv, out, lse);
    }

    private Runnable attentionBackward(Attention.Backward op) {
        MemorySegment qkv = at(op.qkv());
        MemorySegment out = at(op.out());
        MemorySegment lse = at(op.lse());
        MemorySegment dOut = at(op.dOut());
        MemorySegment dQkv = at(op.dQkv());
        var kernel =
                attentionKernel(
                        op.batch(), op.positions(), op.channels(), op.heads(), op.dropout());
        return () -> kernel.get().backward(qkv, out, lse, dOut, dQkv);
    }

    private Supplier<AttentionKernel> attentionKernel(
            int batch,
            int positions,
            int channels,
            Attention.Heads heads,
            Dropout.@Nullable Mask mask) {
        Supplier<KeepFactors> factors = mask == null ? null : keepFactors(mask);
        MemorySegment window = atOrNull(heads.window());
        return () ->
                new AttentionKernel(
                        workers,
                        batch,
                        positions,
                        channels,
                        heads.count(),
                        (float) heads.scale(),
                        value(window),
                        factors == null ? null : factors.get());
    }

    private static int value(@Nullable MemorySegment window) {
        return window == null ? 0 : window.get(ValueLayout.JAVA_INT, 0);
    }

    private Supplier<KeepFactors> keepFactors(Dropout.Mask mask) {
        MemorySegment rng = at(mask.rng());
        int threshold = mask.threshold();
        return () -> new KeepFactors(rng, mask.id(), layer, threshold, mask.keepScale());
    }

    private Runnable cachedAttention(CachedAttention op) {
        MemorySegment qkv = at(op.qkv());
        MemorySegment keys = at(op.keyCache());
        MemorySegment values = at(op.valueCache());
        MemorySegment positions = at(op.positions());
        MemorySegment out = at(op.out());
        MemorySegment window = atOrNull(op.heads().window());
        return () ->
                new CachedAttentionKernel(
                                workers,
                                op.batch(),
                                op.positionsPerRun(),
                                op.capacity(),
                                op.channels(),
                                op.heads().count(),
                                (float) op.heads().scale(),
                                value(window))
                        .forward(qkv, keys, values, positions, out);
    }

    private Runnable embedding(Embedding op) {
        MemorySegment ids = at(op.ids());
        MemorySegment table = at(op.table());
        MemorySegment out = at(op.out());
        int count = (int) op.ids().elements();
        int rows = op.table().rows();
        int columns = op.table().columns();
        boolean halves = op.table().dtype() == DType.BF16;
        return () ->
                EmbeddingKernel.forward(workers, ids, table, halves, out, count, rows, columns);
    }

    private Runnable embeddingBackward(Embedding.Backward op) {
        MemorySegment ids = at(op.ids());
        MemorySegment dOut = at(op.dOut());
        MemorySegment dTable = at(op.dTable());
        int count = (int) op.ids().elements();
        int rows = op.dTable().rows();
        int columns = op.dTable().columns();
        return () -> EmbeddingKernel.backward(workers, ids, dOut, dTable, count, rows, columns);
    }

    private Runnable dropout(Dropout op) {
        MemorySegment x = at(op.x());
        MemorySegment out = at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        Supplier<KeepFactors> factors = keepFactors(op.mask());
        return () -> DropoutKernel.apply(workers, x, out, rows, columns, factors.get());
    }

    private Runnable argMax(ArgMax op) {
        MemorySegment logits = at(op.logits());
        MemorySegment ids = at(op.ids());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () -> TokenKernel.argMax(workers, logits, ids, rows, columns);
    }

    private Runnable sample(Sample op) {
        MemorySegment logits = at(op.logits());
        MemorySegment rng = at(op.rng());
        MemorySegment settings = at(op.settings());
        MemorySegment ids = at(op.ids());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () ->
                TokenKernel.sample(
                        workers, logits, rng, settings, ids, rows, columns, op.id(), layer);
    }

    private Runnable crossEntropy(CrossEntropy op) {
        MemorySegment logits = at(op.logits());
        MemorySegment targets = at(op.targets());
        MemorySegment lse = at(op.lse());
        MemorySegment losses = at(op.losses());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () ->
                CrossEntropyKernel.forward(workers, logits, targets, lse, losses, rows, columns);
    }

    private Runnable crossEntropyBackward(CrossEntropy.Backward op) {
        MemorySegment logits = at(op.logits());
        MemorySegment targets = at(op.targets());
        MemorySegment lse = at(op.lse());
        MemorySegment dLosses = at(op.dLosses());
        MemorySegment dLogits = at(op.dLogits());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        return () ->
                CrossEntropyKernel.backward(
                        workers, logits, targets, lse, dLosses, dLogits, rows, columns);
    }

    private Runnable meanLoss(MeanLoss op) {
        MemorySegment losses = at(op.losses());
        MemorySegment targets = at(op.targets());
        MemorySegment loss = at(op.loss());
        MemorySegment count = at(op.count());
        int n = (int) op.losses().elements();
        return () -> MeanLossKernel.forward(losses, targets, loss, count, n);
    }

    private Runnable meanLossBackward(MeanLoss.Backward op) {
        MemorySegment targets = at(op.targets());
        MemorySegment count = at(op.count());
        MemorySegment dLoss = at(op.dLoss());
        MemorySegment dLosses = at(op.dLosses());
        int n = (int) op.dLosses().elements();
        return () -> MeanLossKernel.backward(targets, count, dLoss, dLosses, n);
    }

    private Runnable gradientNorm(GradientNorm op) {
        List<MemorySegment> gradients = op.gradients().stream().map(this::at).toList();
        MemorySegment norm = at(op.norm());
        return () -> GradientNormKernel.norm(workers, gradients, norm);
    }

    private Runnable clipScale(ClipScale op) {
        MemorySegment norm = at(op.norm());
        MemorySegment scale = at(op.scale());
        return () -> GradientNormKernel.clipScale(norm, scale, op.maxNorm());
    }

    private Runnable adamW(AdamW op) {
        AdamW.Settings settings = op.settings();
        var kernel =
                new AdamWKernel(
                        settings.beta1(),
                        settings.beta2(),
                        settings.epsilon(),
                        settings.weightDecay());
        MemorySegment parameter = at(op.parameter());
        MemorySegment gradient = at(op.gradient());
        MemorySegment m = at(op.m());
        MemorySegment v = at(op.v());
        MemorySegment scale = at(op.scale());
        MemorySegment schedule = at(op.schedule());
        return () -> kernel.step(workers, parameter, gradient, m, v, scale, schedule);
    }
}
