package io.tornadogpt.tokenizer.pipeline;

import io.tornadogpt.tokenizer.model.PieceMerger;
import io.tornadogpt.tokenizer.pretokenizer.PieceScanner;
import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Encodes text piece by piece and remembers the tokens of short pieces. Serves one thread at a
/// time.
///
/// The memory is a direct-mapped table of 32-byte slots: a piece of up to 15 bytes and its length
/// as two `long`s, compared as such, and up to four tokens in two more. A newer piece replaces an
/// older one, so the table never grows; pieces that do not fit are merged each time.
public final class PieceEncoder {

    private static final int SLOTS = 1 << 14;
    private static final int LONGEST_REMEMBERED = 15;
    private static final int MOST_TOKENS = 4;
    private static final int NO_TOKEN = -1;

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final PieceScanner scanner;
    private final PieceMerger merger;

    /// Whole tokens by their bytes as Latin-1, where these come before merging; else null.
    private final @Nullable Map<String, Integer> wholePieces;

    private final long[] memory = new long[4 * SLOTS];
    private final int[] fresh = new int[MOST_TOKENS];

    public PieceEncoder(
            PieceScanner scanner, PieceMerger merger, @Nullable Map<String, Integer> wholePieces) {
        this.scanner = scanner;
        this.merger = merger;
        this.wholePieces = wholePieces;
    }

    /// Encodes `text[0, length)`, which is a whole text or one between two safe cuts.
    public void encode(byte[] text, int length, IntArray out) {
        int at = 0;
        while (at < length) {
            int end = scanner.pieceEnd(text, at, length);
            if (end - at > LONGEST_REMEMBERED) {
                encodePiece(text, at, end, out);
            } else {
                recall(text, at, end, out);
            }
            at = end;
        }
    }

    private void recall(byte[] text, int at, int end, IntArray out) {
        int length = end - at;
        long low = bytes(text, at, Math.min(8, length));
        long high = bytes(text, at + 8, length - 8) | ((long) length << 56);
        int slot = slotOf(low, high);
        if (memory[slot] != low || memory[slot + 1] != high) {
            int before = out.size();
            encodePiece(text, at, end, out);
            if (out.size() - before <= MOST_TOKENS) {
                remember(slot, low, high, out, before);
            }
            return;
        }
        long firstTwo = memory[slot + 2];
        out.add((int) firstTwo);
        if (firstTwo >= 0) {
            out.add((int) (firstTwo >>> 32));
            long lastTwo = memory[slot + 3];
            if ((int) lastTwo != NO_TOKEN) {
                out.add((int) lastTwo);
                if (lastTwo >= 0) {
                    out.add((int) (lastTwo >>> 32));
                }
            }
        }
    }

    private void remember(int slot, long low, long high, IntArray out, int before) {
        for (int i = 0; i < MOST_TOKENS; i++) {
            fresh[i] = before + i < out.size() ? out.get(before + i) : NO_TOKEN;
        }
        memory[slot] = low;
        memory[slot + 1] = high;
        memory[slot + 2] = ((long) fresh[1] << 32) | fresh[0];
        memory[slot + 3] = ((long) fresh[3] << 32) | (fresh[2] & 0xFFFF_FFFFL);
    }

    private void encodePiece(byte[] text, int at, int end, IntArray out) {
        if (wholePieces != null) {
            Integer whole =
                    wholePieces.get(new String(text, at, end - at, StandardCharsets.ISO_8859_1));
            if (whole != null) {
                out.add(whole);
                return;
            }
        }
        merger.merge(text, at, end, out);
    }

    private static int slotOf(long low, long high) {
        long hash = (low ^ Long.rotateLeft(high, 29)) * 0x9E37_79B9_7F4A_7C15L;
        hash ^= high * 0xC2B2_AE3D_27D4_EB4FL;
        return (int) (hash >>> (64 - Integer.numberOfTrailingZeros(SLOTS))) << 2;
    }

    /// Up to eight bytes as a number, the first lowest; 0 for a count that is not positive.
    private static long bytes(byte[] text, int at, int count) {
        if (count <= 0) {
            return 0;
        }
        if (at + 8 <= text.length) {
            return (long) EIGHT_BYTES.get(text, at) & (-1L >>> (64 - 8 * count));
        }
        long value = 0;
        for (int i = 0; i < count; i++) {
            value |= (text[at + i] & 0xFFL) << (8 * i);
        }
        return value;
    }
}
