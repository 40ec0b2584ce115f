package io.tornadogpt.tokenizer.model;

import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.text.IntArray;

import java.util.Arrays;

/// Byte-pair encoding of one piece: again and again the neighbours whose merge has the lowest rank
/// become one token, the leftmost where several do (Sennrich et al. 2016, over bytes as in Radford
/// et al. 2019).
///
/// A short piece looks for the lowest rank by scanning; a long one keeps its merges in a heap and
/// its tokens in a linked list, so that n tokens take O(n log n). Both give the same tokens. Serves
/// one thread at a time.
public final class PieceMerger {

    private static final int LONGEST_SCANNED = 48;
    private static final int END = -1;

    private final int[] tokenOfByte;
    private final MergeTable merges;

    private final int[] scannedTokens = new int[LONGEST_SCANNED];
    private final long[] scannedMerges = new long[LONGEST_SCANNED];

    /// @param tokenOfByte the token of each byte value, -1 where there is none; empty where only
    ///   tokens are merged
    public PieceMerger(int[] tokenOfByte, MergeTable merges) {
        this.tokenOfByte = tokenOfByte;
        this.merges = merges;
    }

    /// Merges the tokens of bytes.
    public void merge(byte[] text, int from, int to, IntArray out) {
        int count = to - from;
        int[] tokens = count <= LONGEST_SCANNED ? scannedTokens : new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = tokenOf(text, from + i);
        }
        mergeOwned(tokens, count, out);
    }

    /// Merges the tokens at `tokens[0, count)`, which are left as they are.
    public void merge(int[] tokens, int count, IntArray out) {
        if (count <= LONGEST_SCANNED) {
            System.arraycopy(tokens, 0, scannedTokens, 0, count);
            mergeOwned(scannedTokens, count, out);
        } else {
            mergeOwned(Arrays.copyOf(tokens, count), count, out);
        }
    }

    private void mergeOwned(int[] tokens, int count, IntArray out) {
        if (count <= LONGEST_SCANNED) {
            scan(count, out);
        } else {
            new LongPiece(tokens).merge(out);
        }
    }

    private int tokenOf(byte[] text, int at) {
        int token = tokenOfByte[text[at] & 0xFF];
        if (token < 0) {
            throw new UnencodableTextException(
                    String.format(
                            "byte 0x%02X of the text has no token in this vocabulary; use a"
                                    + " tokenizer whose vocabulary holds all 256 bytes",
                            text[at] & 0xFF),
                    at);
        }
        return token;
    }

    private void scan(int length, IntArray out) {
        int[] tokens = scannedTokens;
        long[] candidates = scannedMerges;
        int count = length;
        for (int i = 0; i + 1 < count; i++) {
            candidates[i] = merges.find(tokens[i], tokens[i + 1]);
        }
        while (count > 1) {
            int best = lowest(candidates, count - 1);
            long merge = candidates[best];
            if (merge == MergeTable.NONE) {
                break;
            }
            tokens[best] = MergeTable.token(merge);
            count--;
            System.arraycopy(tokens, best + 2, tokens, best + 1, count - best - 1);
            if (best + 1 < count) {
                System.arraycopy(candidates, best + 2, candidates, best + 1, count - best - 2);
                candidates[best] = merges.find(tokens[best], tokens[best + 1]);
            }
            if (best > 0) {
                candidates[best - 1] = merges.find(tokens[best - 1], tokens[best]);
            }
        }
        out.addAll(tokens, 0, count);
    }

    /// The leftmost of the lowest ranks, which are in the upper halves. Several merges may have one
    /// rank, as SentencePiece's of equal scores have.
    private static int lowest(long[] candidates, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (MergeTable.rank(candidates[i]) < MergeTable.rank(candidates[best])) {
                best = i;
            }
        }
        return best;
    }

    /// The state of one long piece: tokens stand at the position of their first part.
    private final class LongPiece {

        private final int[] tokens;
        private final int[] previous;
        private final int[] next;

        /// A binary heap of `rank << 32 | position of the left token`; entries whose pair has since
        /// changed are dropped when they come up.
        private long[] heap;

        private int heapSize;

        LongPiece(int[] tokens) {
            int length = tokens.length;
            this.tokens = tokens;
            previous = new int[length];
            next = new int[length];
            heap = new long[length];
            for (int i = 0; i < length; i++) {
                previous[i] = i - 1;
                next[i] = i + 1 < length ? i + 1 : END;
            }
            for (int i = 0; i + 1 < length; i++) {
                offer(i);
            }
        }

        void merge(IntArray out) {
            while (heapSize > 0) {
                long entry = poll();
                int left = (int) entry;
                int right = tokens[left] < 0 ? END : next[left];
                if (right == END) {
                    continue;
                }
                long merge = merges.find(tokens[left], tokens[right]);
                if (merge != MergeTable.NONE && MergeTable.rank(merge) == (int) (entry >>> 32)) {
                    join(left, right, MergeTable.token(merge));
                }
            }
            for (int at = 0; at != END; at = next[at]) {
                out.add(tokens[at]);
            }
        }

        private void join(int left, int right, int token) {
            tokens[left] = token;
            tokens[right] = -1;
            next[left] = next[right];
            if (next[left] != END) {
                previous[next[left]] = left;
                offer(left);
            }
            if (previous[left] != END) {
                offer(previous[left]);
            }
        }

        private void offer(int left) {
            long merge = merges.find(tokens[left], tokens[next[left]]);
            if (merge != MergeTable.NONE) {
                push(((long) MergeTable.rank(merge) << 32) | left);
            }
        }

        private void push(long entry) {
            if (heapSize == heap.length) {
                heap = Arrays.copyOf(heap, heap.length + (heap.length >> 1) + 1);
            }
            int at = heapSize++;
            while (at > 0 && heap[(at - 1) / 2] > entry) {
                heap[at] = heap[(at - 1) / 2];
                at = (at - 1) / 2;
            }
            heap[at] = entry;
        }

        private long poll() {
            long top = heap[0];
            long last = heap[--heapSize];
            int at = 0;
            for (int child = 1; child < heapSize; child = 2 * at + 1) {
                if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                    child++;
                }
                if (heap[child] >= last) {
                    break;
                }
                heap[at] = heap[child];
                at = child;
            }
            heap[at] = last;
            return top;
        }
    }
}
