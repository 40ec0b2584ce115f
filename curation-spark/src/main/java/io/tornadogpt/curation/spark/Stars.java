package io.tornadogpt.curation.spark;

import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

import scala.Tuple2;

import java.util.Iterator;
import java.util.List;

/// Finds what is connected, by large stars and small stars in turns (Kiveris, Lattanzi, Mirrokni,
/// Rastogi and Vassilvitskii 2014, "Connected Components in MapReduce and Beyond"): the large star
/// of a node connects its larger neighbours with the least of all, the small star its smaller ones
/// and itself. Whatever comes first, it ends with each node connected with the least of its
/// component and nothing else.
///
/// An edge is a row of two numbers, the larger one first. Each pass sorts edges by their first node
/// in a shuffle and reads the neighbours of a node one after the other, so no neighbourhood has to
/// fit into memory.
final class Stars {
    private Stars() {}

    /// The edges from each node to the least that it is connected with.
    ///
    /// @param unsettled counts nodes that are not yet the middle or the end of a star
    static JavaPairRDD<long[], Byte> of(
            JavaPairRDD<long[], Byte> edges, int partitions, LongAccumulator unsettled) {
        JavaPairRDD<long[], Byte> current = edges;
        long before;
        do {
            before = unsettled.value();
            JavaPairRDD<long[], Byte> next =
                    sorted(current.flatMapToPair(Stars::bothWays), partitions)
                            .mapPartitionsToPair(rows -> large(rows, unsettled));
            next = sorted(next, partitions).mapPartitionsToPair(Stars::small);
            next.persist(StorageLevel.MEMORY_AND_DISK());
            next.foreachPartition(rows -> rows.forEachRemaining(row -> {}));
            if (current != edges) {
                current.unpersist();
            }
            current = next;
        } while (unsettled.value() > before);
        return current;
    }

    private static JavaPairRDD<long[], Byte> sorted(
            JavaPairRDD<long[], Byte> edges, int partitions) {
        return edges.repartitionAndSortWithinPartitions(
                new Numbers.ByHash(partitions, 1), Numbers.ORDER);
    }

    static Tuple2<long[], Byte> row(long... numbers) {
        return new Tuple2<>(numbers, (byte) 0);
    }

    private static Iterator<Tuple2<long[], Byte>> bothWays(Tuple2<long[], Byte> edge) {
        long a = edge._1()[0];
        long b = edge._1()[1];
        return List.of(row(a, b), row(b, a)).iterator();
    }

    private static Iterator<Tuple2<long[], Byte>> large(
            Iterator<Tuple2<long[], Byte>> rows, LongAccumulator unsettled) {
        var at = new Neighbours(rows);
        return new Ahead<>(
                () -> {
                    while (at.next()) {
                        if (at.count() == 2 && at.least() < at.node()) {
                            unsettled.add(1);
                        }
                        if (at.neighbour() > at.node()) {
                            return row(at.neighbour(), Math.min(at.node(), at.least()));
                        }
                    }
                    return null;
                });
    }

    private static Iterator<Tuple2<long[], Byte>> small(Iterator<Tuple2<long[], Byte>> rows) {
        var at = new Neighbours(rows);
        return new Ahead<>(
                () -> {
                    if (!at.next()) {
                        return null;
                    }
                    // The first of its neighbours is the least, with which it is connected itself.
                    return at.count() == 1
                            ? row(at.node(), at.least())
                            : row(at.neighbour(), at.least());
                });
    }

    /// Goes over the different neighbours of nodes, which come in order.
    ///
    /// Used by one thread at a time.
    private static final class Neighbours {
        private final Iterator<Tuple2<long[], Byte>> rows;
        private long node = -1;
        private long neighbour = -1;
        private long least;
        private int count;

        Neighbours(Iterator<Tuple2<long[], Byte>> rows) {
            this.rows = rows;
        }

        boolean next() {
            while (rows.hasNext()) {
                long[] row = rows.next()._1();
                if (row[0] != node) {
                    node = row[0];
                    neighbour = row[1];
                    least = neighbour;
                    count = 1;
                    return true;
                }
                if (row[1] != neighbour) {
                    neighbour = row[1];
                    count = Math.min(count + 1, 3);
                    return true;
                }
            }
            return false;
        }

        long node() {
            return node;
        }

        long neighbour() {
            return neighbour;
        }

        /// The first of the node's neighbours.
        long least() {
            return least;
        }

        /// 1 at the first neighbour, 2 at the second, 3 at all others.
        int count() {
            return count;
        }
    }
}
