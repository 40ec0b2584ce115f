package io.tornadogpt.evaluation.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

/// Reads what bzip2 compressed: blocks of a Burrows-Wheeler transform, whose bytes were moved to
/// the front, run-length coded, and written with Huffman codes. The format is that of the program
/// by Julian Seward; Java has no reader of it.
final class BzipReader {
    private static final long BLOCK = 0x314159265359L;
    private static final long END = 0x177245385090L;
    private static final int LONGEST_CODE = 20;
    private static final int SYMBOLS_OF_A_TABLE = 50;

    private final byte[] in;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long bit;

    private BzipReader(byte[] in) {
        this.in = in;
    }

    /// The bytes that were compressed.
    ///
    /// @throws IOException where the data is damaged, saying what is wrong
    static byte[] read(byte[] compressed) throws IOException {
        return new BzipReader(compressed).all();
    }

    private byte[] all() throws IOException {
        do {
            stream();
            bit = (bit + 7) / 8 * 8;
        } while (bit / 8 < in.length);
        return out.toByteArray();
    }

    private void stream() throws IOException {
        expect(bits(24) == 0x425A68, "it does not begin with BZh");
        int size = (int) bits(8) - '0';
        expect(size >= 1 && size <= 9, "its block size is not 1 to 9");
        int whole = 0;
        while (true) {
            long magic = bits(24) << 24 | bits(24);
            int expected = (int) bits(32);
            if (magic == END) {
                expect(expected == whole, "its checksum is wrong");
                return;
            }
            expect(magic == BLOCK, "a block does not begin as one");
            int crc = block(size * 100_000);
            expect(crc == expected, "the checksum of a block is wrong");
            whole = Integer.rotateLeft(whole, 1) ^ crc;
        }
    }

    private int block(int size) throws IOException {
        expect(bits(1) == 0, "it was written by a version before 0.9.5");
        int origin = (int) bits(24);
        byte[] used = usedBytes();
        int symbols = used.length + 2;
        int tables = (int) bits(3);
        expect(tables >= 2 && tables <= 6, "a block has no 2 to 6 tables");
        int[] selectors = selectors(tables);
        var codes = new Code[tables];
        for (int i = 0; i < tables; i++) {
            codes[i] = code(symbols);
        }
        byte[] last = new byte[size];
        int count = 0;
        int run = 0;
        int weight = 1;
        for (int i = 0; ; i++) {
            int group = i / SYMBOLS_OF_A_TABLE;
            expect(group < selectors.length, "a block does not end");
            int symbol = symbol(codes[selectors[group]]);
            if (symbol <= 1) {
                run += weight << symbol;
                weight <<= 1;
                expect(run <= size, "a run is longer than a block");
                continue;
            }
            expect(count + run <= size, "a block is longer than it may be");
            Arrays.fill(last, count, count + run, used[0]);
            count += run;
            run = 0;
            weight = 1;
            if (symbol == symbols - 1) {
                break;
            }
            expect(count < size, "a block is longer than it may be");
            byte value = used[symbol - 1];
            System.arraycopy(used, 0, used, 1, symbol - 1);
            used[0] = value;
            last[count++] = value;
        }
        expect(origin < count, "a block's origin lies outside of it");
        return unrolled(inverse(last, count, origin));
    }

    private byte[] usedBytes() throws IOException {
        int ranges = (int) bits(16);
        byte[] used = new byte[256];
        int count = 0;
        for (int range = 0; range < 16; range++) {
            if ((ranges >> (15 - range) & 1) == 1) {
                int inside = (int) bits(16);
                for (int i = 0; i < 16; i++) {
                    if ((inside >> (15 - i) & 1) == 1) {
                        used[count++] = (byte) (16 * range + i);
                    }
                }
            }
        }
        expect(count > 0, "a block uses no bytes");
        return Arrays.copyOf(used, count);
    }

    private int[] selectors(int tables) throws IOException {
        int[] selectors = new int[(int) bits(15)];
        int[] order = new int[tables];
        Arrays.setAll(order, i -> i);
        for (int i = 0; i < selectors.length; i++) {
            int at = 0;
            while (bits(1) == 1) {
                at++;
                expect(at < tables, "a block names a table that it does not have");
            }
            int chosen = order[at];
            System.arraycopy(order, 0, order, 1, at);
            order[0] = chosen;
            selectors[i] = chosen;
        }
        return selectors;
    }

    /// A Huffman code in canonical form.
    ///
    /// @param limits of each length, the largest code
    /// @param bases of each length, what is taken from a code to get a place in `symbols`
    private record Code(int[] limits, int[] bases, int[] symbols) {}

    private Code code(int symbols) throws IOException {
        int[] lengths = new int[symbols];
        int length = (int) bits(5);
        for (int i = 0; i < symbols; i++) {
            while (bits(1) == 1) {
                length += bits(1) == 0 ? 1 : -1;
            }
            expect(length >= 1 && length <= LONGEST_CODE, "a code is too long");
            lengths[i] = length;
        }
        int[] sorted = new int[symbols];
        int[] limits = new int[LONGEST_CODE + 1];
        int[] bases = new int[LONGEST_CODE + 1];
        int placed = 0;
        int next = 0;
        for (int l = 1; l <= LONGEST_CODE; l++) {
            next <<= 1;
            bases[l] = next - placed;
            for (int i = 0; i < symbols; i++) {
                if (lengths[i] == l) {
                    sorted[placed++] = i;
                    next++;
                }
            }
            limits[l] = next - 1;
        }
        return new Code(limits, bases, sorted);
    }

    private int symbol(Code code) throws IOException {
        int value = 0;
        for (int length = 1; length <= LONGEST_CODE; length++) {
            value = value << 1 | (int) bits(1);
            int place = value - code.bases[length];
            if (value <= code.limits[length] && place >= 0 && place < code.symbols.length) {
                return code.symbols[place];
            }
        }
        throw damaged("a code stands for nothing");
    }

    private static byte[] inverse(byte[] last, int count, int origin) {
        int[] starts = new int[257];
        for (int i = 0; i < count; i++) {
            starts[(last[i] & 255) + 1]++;
        }
        for (int i = 0; i < 256; i++) {
            starts[i + 1] += starts[i];
        }
        int[] next = new int[count];
        for (int i = 0; i < count; i++) {
            next[starts[last[i] & 255]++] = i;
        }
        byte[] text = new byte[count];
        int at = next[origin];
        for (int i = 0; i < count; i++) {
            text[i] = last[at];
            at = next[at];
        }
        return text;
    }

    /// Writes a block whose runs of four bytes are followed by how many more there are.
    ///
    /// @return the checksum of what was written
    private int unrolled(byte[] block) {
        int crc = -1;
        int same = 0;
        int before = -1;
        for (byte value : block) {
            int times = 1;
            byte written = value;
            if (same == 4) {
                times = value & 255;
                written = (byte) before;
                same = 0;
                before = -1;
            } else if ((value & 255) == before) {
                same++;
            } else {
                same = 1;
                before = value & 255;
            }
            for (int i = 0; i < times; i++) {
                out.write(written);
                crc = crc << 8 ^ Crc.TABLE[(crc >>> 24 ^ written) & 255];
            }
        }
        return ~crc;
    }

    /// The usual checksum, with the highest bit first.
    private static final class Crc {
        private static final int[] TABLE = new int[256];

        static {
            for (int i = 0; i < 256; i++) {
                int value = i << 24;
                for (int bit = 0; bit < 8; bit++) {
                    value = value << 1 ^ (value < 0 ? 0x04C11DB7 : 0);
                }
                TABLE[i] = value;
            }
        }
    }

    private long bits(int count) throws IOException {
        long value = 0;
        for (int i = 0; i < count; i++) {
            int at = (int) (bit / 8);
            expect(at < in.length, "it ends too soon");
            value = value << 1 | (in[at] >> (7 - bit % 8) & 1);
            bit++;
        }
        return value;
    }

    private static void expect(boolean condition, String otherwise) throws IOException {
        if (!condition) {
            throw damaged(otherwise);
        }
    }

    private static IOException damaged(String reason) {
        return new IOException("is damaged (" + reason + ")");
    }
}
