package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.op.SoftCap;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.Tensor;

/// Sums, copies and zeros. The gradient of a sum is the gradient of its output unchanged, so only
/// the bias, which every row shares, has code for it.
final class Elementwise {
    private Elementwise() {}

    static void add(Add op, Frame frame) {
        Matrix a = frame.matrix(op.a());
        Matrix b = frame.matrix(op.b());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < out.size(); i++) {
            out.set(i, a.get(i) + b.get(i));
        }
    }

    static void addBias(AddBias op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix bias = frame.matrix(op.bias());
        Matrix out = frame.matrix(op.out());
        for (int row = 0; row < x.rows(); row++) {
            for (int c = 0; c < x.columns(); c++) {
                out.set(row, c, x.get(row, c) + bias.get(c));
            }
        }
    }

    static void addBiasBackward(AddBias.Backward op, Frame frame) {
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dBias = frame.matrix(op.dBias());
        for (int row = 0; row < dOut.rows(); row++) {
            for (int c = 0; c < dOut.columns(); c++) {
                dBias.add(c, dOut.get(row, c));
            }
        }
    }

    static void copy(Copy op, Frame frame) {
        switch (op.x().dtype()) {
            case F32, BF16, Q8_0, Q4_0 -> copyReals(op.x(), op.out(), frame);
            case I32 -> copyIntegers(op.x(), op.out(), frame);
        }
    }

    private static void copyReals(Tensor from, Tensor to, Frame frame) {
        Matrix x = frame.matrix(from);
        Matrix out = frame.matrix(to);
        for (long i = 0; i < out.size(); i++) {
            out.set(i, x.get(i));
        }
    }

    private static void copyIntegers(Tensor from, Tensor to, Frame frame) {
        Integers x = frame.integers(from);
        Integers out = frame.integers(to);
        for (int i = 0; i < out.size(); i++) {
            out.set(i, x.get(i));
        }
    }

    static void zero(Zero op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        for (long i = 0; i < x.size(); i++) {
            x.set(i, 0);
        }
    }

    static void scale(Scale op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < out.size(); i++) {
            out.set(i, op.factor() * x.get(i));
        }
    }

    static void cap(SoftCap op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < out.size(); i++) {
            out.set(i, op.cap() * Math.tanh(x.get(i) / op.cap()));
        }
    }

    static void capBackward(SoftCap.Backward op, Frame frame) {
        Matrix out = frame.matrix(op.out());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        for (long i = 0; i < dX.size(); i++) {
            double tanh = out.get(i) / op.cap();
            dX.set(i, dOut.get(i) * (1 - tanh * tanh));
        }
    }
}
