package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.MatMul;

import java.lang.foreign.MemorySegment;

/// The matrix product. Products of up to four rows go to [MatVec] and [Dots], which read `b` in
/// place; those of a few hundred rows to [FewRows] and, where `b` is transposed, to [ByRows]; small
/// ones to [FewRows]; others to [Gemm].
final class MatMulKernel {
    private MatMulKernel() {}

    static Runnable bind(MatMul op, Binding binding) {
        var a = Operand.of(op.a(), op.transposeA(), binding);
        var b = Operand.of(op.b(), op.transposeB(), binding);
        MemorySegment out = binding.at(op.out());
        int m = op.m();
        int n = op.n();
        int k = op.k();
        var epilogue = Epilogue.of(op, binding);
        return () -> multiply(binding.workers(), a, b, out, m, n, k, epilogue);
    }

    /// Computes a product.
    ///
    /// @param a `[M, K]`, or `[K, M]` if transposed
    /// @param b `[K, N]`, or `[N, K]` if transposed; F32 where `a` is transposed
    /// @param out `[M, N]`; overlaps neither of them
    static void multiply(
            Workers workers,
            Operand a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        if (Dots.serves(m, a, b)) {
            Dots.multiply(workers, a.data(), b, out, m, n, k, epilogue);
        } else if (ByRows.serves(m, k, a, b, epilogue)) {
            ByRows.multiply(workers, a, b, out, m, n, k, epilogue);
        } else if (MatVec.serves(m, a, b)) {
            MatVec.multiply(workers, a.data(), b, out, m, n, k, epilogue);
        } else if (FewRows.serves(m, n, k, a, b, epilogue)) {
            FewRows.multiply(workers, a, b, out, m, n, k, epilogue);
        } else {
            Gemm.multiply(workers, a, b, out, m, n, k, epilogue);
        }
    }
}
