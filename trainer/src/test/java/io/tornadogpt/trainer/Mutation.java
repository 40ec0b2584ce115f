package io.tornadogpt.trainer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// Changes bytes as accidents and strangers do.
public final class Mutation {
    private static final byte[][] PIECES = {
        "0".getBytes(StandardCharsets.UTF_8),
        "-1".getBytes(StandardCharsets.UTF_8),
        "1e999".getBytes(StandardCharsets.UTF_8),
        "9223372036854775808".getBytes(StandardCharsets.UTF_8),
        "2147483648".getBytes(StandardCharsets.UTF_8),
        "null".getBytes(StandardCharsets.UTF_8),
        "\"\"".getBytes(StandardCharsets.UTF_8),
        "\"\\ud800\"".getBytes(StandardCharsets.UTF_8),
        "[]".getBytes(StandardCharsets.UTF_8),
        "{}".getBytes(StandardCharsets.UTF_8),
        "[[[[[[[[[[[[[[[[".getBytes(StandardCharsets.UTF_8),
        "\n".getBytes(StandardCharsets.UTF_8),
        {0},
        {-1, -1, -1, -1},
        {(byte) 0xc3},
        "../".getBytes(StandardCharsets.UTF_8),
    };

    private Mutation() {}

    /// One to four changes.
    public static byte[] of(byte[] bytes, Random random) {
        byte[] changed = bytes;
        for (int i = random.nextInt(4); i >= 0; i--) {
            changed = once(changed, random);
        }
        return changed;
    }

    private static byte[] once(byte[] bytes, Random random) {
        if (bytes.length == 0) {
            return PIECES[random.nextInt(PIECES.length)];
        }
        int at = random.nextInt(bytes.length);
        return switch (random.nextInt(7)) {
            case 0 -> flipped(bytes, at, random);
            case 1 -> Arrays.copyOf(bytes, at);
            case 2 -> spliced(bytes, at, at, PIECES[random.nextInt(PIECES.length)]);
            case 3 -> {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(16));
                yield spliced(bytes, at, end, PIECES[random.nextInt(PIECES.length)]);
            }
            case 4 ->
                    spliced(
                            bytes,
                            at,
                            Math.min(bytes.length, at + random.nextInt(64)),
                            new byte[0]);
            case 5 -> {
                int from = random.nextInt(bytes.length);
                int to = Math.min(bytes.length, from + random.nextInt(64));
                yield spliced(bytes, at, at, Arrays.copyOfRange(bytes, from, to));
            }
            default -> {
                byte[] changed = bytes.clone();
                changed[at] = (byte) random.nextInt(256);
                yield changed;
            }
        };
    }

    private static byte[] flipped(byte[] bytes, int at, Random random) {
        byte[] changed = bytes.clone();
        changed[at] ^= (byte) (1 << random.nextInt(8));
        return changed;
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] piece) {
        var out = new ByteArrayOutputStream();
        out.write(bytes, 0, from);
        out.writeBytes(piece);
        out.write(bytes, to, bytes.length - to);
        return out.toByteArray();
    }
}
