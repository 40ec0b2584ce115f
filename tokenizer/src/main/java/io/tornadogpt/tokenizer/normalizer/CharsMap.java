package io.tornadogpt.tokenizer.normalizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// SentencePiece's compiled rules from strings to strings: a double-array trie (as Darts-clone lays
/// it out, units of 32 bits) whose values are offsets of replacements that end in a zero byte.
public final class CharsMap {

    private static final int LARGEST = 16 << 20;

    private final byte[] blob;
    private final int[] units;

    /// Where the replacements begin in the blob.
    private final int replacements;

    /// Whether an ASCII character alone is a key.
    private final boolean[] asciiRules = new boolean[0x80];

    /// What an ASCII character that is a key becomes.
    private final String[] asciiReplacements = new String[0x80];

    /// Whether an ASCII character is a key, or begins one that goes on with another.
    private final boolean[] asciiBegins = new boolean[0x80];

    private CharsMap(byte[] blob, int[] units, int replacements) {
        this.blob = blob;
        this.units = units;
        this.replacements = replacements;
    }

    /// Reads the size of the trie in bytes, the trie, and the replacements.
    ///
    /// @throws IllegalArgumentException with what is wrong, if the blob is malformed
    public static CharsMap read(byte[] blob) {
        if (blob.length < 8 || blob.length > LARGEST) {
            throw new IllegalArgumentException(
                    "holds " + blob.length + " bytes; expected 8 to " + LARGEST);
        }
        ByteBuffer buffer = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        long size = buffer.getInt(0) & 0xFFFF_FFFFL;
        if (size == 0 || size % 4 != 0 || size >= blob.length - 4) {
            throw new IllegalArgumentException(
                    "says that its trie has "
                            + size
                            + " bytes, but it holds "
                            + (blob.length - 4)
                            + " with the replacements; expected fewer, in fours");
        }
        int[] units = new int[(int) size / 4];
        buffer.position(4);
        buffer.asIntBuffer().get(units);
        CharsMap map = new CharsMap(blob, units, 4 + (int) size);
        map.check();
        for (int c = 0; c < map.asciiRules.length; c++) {
            long found = map.shortest(new byte[] {(byte) c}, 0, 1);
            map.asciiRules[c] = found >= 0;
            map.asciiReplacements[c] =
                    found < 0 ? String.valueOf((char) c) : map.replacement(found);
            map.asciiBegins[c] = map.asciiRules[c] || map.goesOnInAscii(c);
        }
        return map;
    }

    /// Whether an ASCII character alone is a key.
    boolean changes(int ascii) {
        return asciiRules[ascii];
    }

    /// What an ASCII character becomes where it is looked up alone.
    String ofAscii(int ascii) {
        return asciiReplacements[ascii];
    }

    /// The replacement of what was found, as text.
    String replacement(long found) {
        int start = start(found);
        return new String(blob, start, end(found) - start, StandardCharsets.UTF_8);
    }

    /// Whether any key begins with an ASCII character and is no longer or goes on in ASCII.
    public boolean beginsWith(int ascii) {
        return asciiBegins[ascii];
    }

    private boolean goesOnInAscii(int c) {
        int position = offset(units[0]) ^ c;
        if (position >= units.length || (units[position] & 0x8000_00FF) != c) {
            return false;
        }
        int next = position ^ offset(units[position]);
        for (int d = 1; d < 0x80; d++) {
            int child = next ^ d;
            if (child < units.length && (units[child] & 0x8000_00FF) == d) {
                return true;
            }
        }
        return false;
    }

    public byte[] bytes() {
        return blob.clone();
    }

    /// The longest key at `text[at]` as `length << 32 | value`, or -1.
    public long longest(byte[] text, int at, int to) {
        return find(text, at, to, false);
    }

    /// The shortest key at `text[at]` as `length << 32 | value`, or -1.
    public long shortest(byte[] text, int at, int to) {
        return find(text, at, to, true);
    }

    /// Where the replacement of a value begins in [#blob].
    public int start(long found) {
        return replacements + (int) found;
    }

    /// Where it ends.
    public int end(long found) {
        int end = start(found);
        while (end < blob.length && blob[end] != 0) {
            end++;
        }
        return end;
    }

    /// The bytes that hold the replacements; they must not be changed.
    public byte[] blob() {
        return blob;
    }

    private long find(byte[] text, int at, int to, boolean first) {
        long found = -1;
        int position = offset(units[0]);
        for (int i = at; i < to; i++) {
            position ^= text[i] & 0xFF;
            int unit = position < units.length ? units[position] : 0;
            if ((unit & 0x8000_00FF) != (text[i] & 0xFF) || position >= units.length) {
                break;
            }
            position ^= offset(unit);
            if ((unit >>> 8 & 1) == 1 && position < units.length) {
                found = ((long) (i + 1 - at) << 32) | (units[position] & 0x7FFF_FFFF);
                if (first) {
                    break;
                }
            }
        }
        return found;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    }

    /// Every value has to lie among the replacements, and each of these has to end; and where a
    /// unit ends a key, the unit of its value has to be one.
    private void check() {
        int most = blob.length - replacements;
        for (int i = 0; i < units.length; i++) {
            if (units[i] < 0 && (units[i] & 0x7FFF_FFFF) >= most) {
                throw new IllegalArgumentException(
                        "has the replacement "
                                + (units[i] & 0x7FFF_FFFF)
                                + " in unit "
                                + i
                                + ", but there are only "
                                + most
                                + " bytes of them");
            }
            int value = i ^ offset(units[i]);
            boolean ends = units[i] >= 0 && (units[i] >>> 8 & 1) == 1 && value < units.length;
            if (ends && units[value] >= 0) {
                throw new IllegalArgumentException(
                        "ends a key in unit "
                                + i
                                + ", but unit "
                                + value
                                + " is no value of a key");
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharsMap that && Arrays.equals(blob, that.blob);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(blob);
    }
}
