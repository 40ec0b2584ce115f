package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryTable;
import io.tornadogpt.core.tensor.BFloat16;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/// What programs of a model read beside its weights and never changes: windows, rotary angles,
/// ALiBi's biases. The host writes them once.
///
/// @param windows of each layer's attention, `[1]` I32; null where all layers see all positions
/// @param angles `[R, size]`, the tables of all kinds of layers one below the other; null without
///   rotary positions
/// @param firstAngle the first row of each layer's table, `[1]` I32; null where there is one kind
/// @param biases `[S, H]`, of each position and head, for [io.tornadogpt.core.op.Attention.Heads];
///   null without ALiBi
public record Constants(
        Architecture architecture,
        int context,
        @Nullable TensorSpec windows,
        @Nullable TensorSpec angles,
        @Nullable TensorSpec firstAngle,
        @Nullable TensorSpec biases) {
    /// Declares what an architecture needs.
    ///
    /// @param context the longest sequence of a session
    /// @param prefix of all names
    public static Constants of(Architecture architecture, int context, String prefix) {
        int layers = architecture.layers();
        boolean windowed = !architecture.attention().windows().isEmpty();
        TensorSpec windows = windowed ? input(prefix + "windows", DType.I32, layers, 1) : null;
        TensorSpec angles = null;
        TensorSpec first = null;
        TensorSpec biases = null;
        if (architecture.position() instanceof Position.Rotary rotary) {
            int rows = Math.multiplyExact(rotary.kinds().size(), context);
            angles = input(prefix + "rotary", DType.F32, 0, rows, rotary.size());
            if (rotary.kinds().size() > 1) {
                first = input(prefix + "rotary.first", DType.I32, layers, 1);
            }
        } else if (architecture.position() instanceof Position.Alibi) {
            int heads = architecture.attention().heads();
            biases = input(prefix + "biases", DType.F32, 0, context, heads);
        }
        return new Constants(architecture, context, windows, angles, first, biases);
    }

    private static TensorSpec input(String name, DType type, int layers, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), type, Role.INPUT, layers);
    }

    /// Writes all of them.
    public void write(Session session) {
        for (int layer = 0; layer < architecture.layers(); layer++) {
            if (windows != null) {
                write(session, windows, layer, architecture.window(layer));
            }
            if (firstAngle != null && architecture.position() instanceof Position.Rotary rotary) {
                write(session, firstAngle, layer, rotary.kindOfLayer().get(layer) * context);
            }
        }
        if (angles != null && architecture.position() instanceof Position.Rotary rotary) {
            var rows = new float[Math.toIntExact(angles.elements())];
            int size = context * rotary.size();
            for (int kind = 0; kind < rotary.kinds().size(); kind++) {
                float[] table = RotaryTable.of(rotary.kinds().get(kind), rotary.size(), context);
                System.arraycopy(table, 0, rows, kind * size, size);
            }
            session.write(angles, rows);
        }
        if (biases != null && architecture.position() instanceof Position.Alibi alibi) {
            double scale = alibi.scale() / architecture.attention().scale();
            int heads = architecture.attention().heads();
            session.write(biases, biases(heads, context, scale, alibi.roundedToBf16()));
        }
    }

    private static void write(Session session, TensorSpec spec, int layer, int value) {
        session.write(spec, layer, MemorySegment.ofArray(new int[] {value}));
    }

    /// What positions add to scores, before these are scaled: the head's slope times the position.
    ///
    /// @param rounded as [Position.Alibi#roundedToBf16] says
    /// @return `[positions, heads]`
    static float[] biases(int heads, int positions, double scale, boolean rounded) {
        var biases = new float[Math.multiplyExact(positions, heads)];
        for (int head = 0; head < heads; head++) {
            float slope = (float) slope(head, heads);
            for (int position = 0; position < positions; position++) {
                double product =
                        rounded ? bf16(bf16(slope) * bf16(position)) : (double) slope * position;
                biases[position * heads + head] = (float) (scale * product);
            }
        }
        return biases;
    }

    private static float bf16(float value) {
        return BFloat16.toFloat(BFloat16.of(value));
    }

    /// Slopes of H heads are powers of `2^(-8 / H)` where H is a power of two; otherwise those of
    /// the largest power of two below, and every other one of the next.
    private static double slope(int head, int heads) {
        int power = Integer.highestOneBit(heads);
        return head < power
                ? Math.pow(2, -8.0 * (head + 1) / power)
                : Math.pow(2, -4.0 * (2 * (head - power) + 1) / power);
    }
}
