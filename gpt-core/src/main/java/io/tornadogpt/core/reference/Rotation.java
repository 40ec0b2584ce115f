package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.tensor.Tensor;

/// Pairs of elements of each head turned by the angles of a position. Turning back is the gradient.
final class Rotation {
    private Rotation() {}

    static void forward(Rotary op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        Matrix table = frame.matrix(op.table());
        Integers positions = frame.integers(op.positions());
        Tensor first = op.first();
        int start = first == null ? 0 : frame.integers(first).get(0);
        for (int row = 0; row < x.rows(); row++) {
            double[] values = new double[x.columns()];
            for (int c = 0; c < values.length; c++) {
                values[c] = x.get(row, c);
            }
            if (positions.get(row) >= 0) {
                int usable = table.rows() - start;
                String limit = "the table has angles for " + usable + " positions";
                int angles = start + positions.below(usable, row, op.name(), limit);
                turn(values, table, angles, op.form());
            }
            for (int c = 0; c < values.length; c++) {
                out.set(row, c, values[c]);
            }
        }
    }

    private static void turn(double[] values, Matrix table, int angles, Rotary.Form form) {
        int pairs = form.size() / 2;
        for (int head = 0; head < form.heads(); head++) {
            int start = head * form.headSize();
            for (int pair = 0; pair < pairs; pair++) {
                int a = start + (form.interleaved() ? 2 * pair : pair);
                int b = form.interleaved() ? a + 1 : a + pairs;
                double cos = table.get(angles, pair);
                double sin = table.get(angles, pairs + pair) * (form.inverse() ? -1 : 1);
                double turned = values[a] * cos - values[b] * sin;
                values[b] = values[b] * cos + values[a] * sin;
                values[a] = turned;
            }
        }
    }
}
