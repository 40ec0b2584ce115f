package io.tornadogpt.curation.spark;

import org.apache.spark.Partitioner;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;

/// Rows of numbers as keys of shuffles: in which order they come, and which partition takes them.
final class Numbers {
    /// By the first number, then the second, and so on.
    static final Comparator<long[]> ORDER = new Order();

    private Numbers() {}

    private static final class Order implements Comparator<long[]>, Serializable {
        @Override
        public int compare(long[] a, long[] b) {
            return Arrays.compare(a, b);
        }
    }

    /// Rows with the same first numbers come to the same partition.
    static final class ByHash extends Partitioner {
        private final int partitions;
        private final int numbers;

        /// @param numbers how many count
        ByHash(int partitions, int numbers) {
            this.partitions = partitions;
            this.numbers = numbers;
        }

        @Override
        public int numPartitions() {
            return partitions;
        }

        @Override
        public int getPartition(Object key) {
            var row = (long[]) key;
            long hash = 0;
            for (int i = 0; i < numbers; i++) {
                hash = (hash ^ row[i]) * 0x9E3779B97F4A7C15L;
                hash ^= hash >>> 32;
            }
            return (int) Long.remainderUnsigned(hash, partitions);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof ByHash same
                    && same.partitions == partitions
                    && same.numbers == numbers;
        }

        @Override
        public int hashCode() {
            return 31 * partitions + numbers;
        }
    }

    /// Rows come to the partition with the number of the piece that holds the document which their
    /// first number names.
    static final class ByPiece extends Partitioner {
        private final long[] firsts;

        /// @param firsts the number of the first document of each piece
        ByPiece(long[] firsts) {
            this.firsts = firsts.clone();
        }

        @Override
        public int numPartitions() {
            return firsts.length;
        }

        @Override
        public int getPartition(Object key) {
            long document = ((long[]) key)[0];
            int low = 0;
            int high = firsts.length - 1;
            // The last piece that begins at the document or before: those in front of it that
            // begin there too are empty.
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                if (firsts[middle] <= document) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return low;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof ByPiece same && Arrays.equals(same.firsts, firsts);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(firsts);
        }
    }
}
