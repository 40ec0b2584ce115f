package io.tornadogpt.curation.spark;

import io.tornadogpt.curation.run.Job;
import io.tornadogpt.curation.run.StoppedException;

import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;

import scala.Tuple2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/// Decides by shuffles what becomes of the documents of a job, as one machine does it: documents
/// are numbered in the order of their ids, which is that of the pieces, so that the least number of
/// a cluster is its least id.
///
/// The driver knows how many documents each piece has, and nothing of any of them.
final class Decision {
    private final JavaSparkContext context;
    private final Job job;
    private final String directory;
    private final BooleanSupplier stop;
    private final long[] firsts;
    private final int partitions;

    Decision(JavaSparkContext context, Job job, BooleanSupplier stop) throws IOException {
        this.context = context;
        this.job = job;
        this.directory = job.workDirectory().toString();
        this.stop = stop;
        this.firsts = firsts(job.kept());
        this.partitions = Math.max(job.pieces(), 2 * context.defaultParallelism());
    }

    private static long[] firsts(long[] kept) {
        var firsts = new long[kept.length];
        for (int i = 1; i < kept.length; i++) {
            firsts[i] = firsts[i - 1] + kept[i - 1];
        }
        return firsts;
    }

    void run() throws IOException {
        fates();
        for (int step = 0; step < job.passageStepCount(); step++) {
            requireTime();
            passages(step);
        }
    }

    private void requireTime() throws StoppedException {
        if (stop.getAsBoolean()) {
            throw new StoppedException();
        }
    }

    private JavaRDD<Integer> pieces() {
        List<Integer> all = IntStream.range(0, job.pieces()).boxed().toList();
        return context.parallelize(all, all.size());
    }

    private void fates() throws IOException {
        List<Integer> places = job.duplicatePlaces();
        JavaPairRDD<long[], Byte> exact =
                job.findsExact() ? connected(places.subList(0, 1)) : none();
        List<Integer> bands = job.findsExact() ? places.subList(1, places.size()) : places;
        JavaPairRDD<long[], Byte> all =
                bands.isEmpty()
                        ? exact
                        : Stars.of(
                                exact.union(connected(bands)),
                                partitions,
                                context.sc().longAccumulator("unsettled"));
        requireTime();
        String work = directory;
        long[] numbers = firsts;
        // By the document that stays, because its piece knows its id.
        JavaPairRDD<long[], Byte> clusters =
                all.mapToPair(edge -> Stars.row(edge._1()[1], edge._1()[0]))
                        .repartitionAndSortWithinPartitions(
                                new Numbers.ByPiece(firsts), Numbers.ORDER);
        job.decided(sizes(clusters));
        JavaPairRDD<long[], String> near =
                clusters.mapPartitionsToPair(rows -> named(rows, work, numbers));
        JavaPairRDD<long[], String> same =
                exact.mapToPair(edge -> new Tuple2<>(new long[] {edge._1()[0], 0}, ""));
        near.union(same)
                .repartitionAndSortWithinPartitions(new Numbers.ByPiece(firsts), Numbers.ORDER)
                .foreachPartition(rows -> write(rows, work, numbers));
    }

    private JavaPairRDD<long[], Byte> none() {
        return context.<Tuple2<long[], Byte>>parallelize(List.of(), 1).mapToPair(row -> row);
    }

    /// Edges between documents that have the same number at one of some places of their signatures,
    /// each with the least of them.
    private JavaPairRDD<long[], Byte> connected(List<Integer> places) {
        String work = directory;
        long[] numbers = firsts;
        List<Integer> looked = new ArrayList<>(places);
        return pieces().flatMapToPair(piece -> keys(work, piece, numbers[piece], looked))
                .repartitionAndSortWithinPartitions(
                        new Numbers.ByHash(partitions, 2), Numbers.ORDER)
                .mapPartitionsToPair(Decision::withFirst);
    }

    /// Rows of a place, the number there, and a document.
    private static Iterator<Tuple2<long[], Byte>> keys(
            String work, int piece, long first, List<Integer> places) throws IOException {
        var signatures = Jobs.of(work).signatures(piece);
        var next = new int[] {places.size()};
        var document = new long[] {first - 1};
        return new Ahead<>(
                () -> {
                    if (next[0] == places.size()) {
                        if (!signatures.next()) {
                            signatures.close();
                            return null;
                        }
                        next[0] = 0;
                        document[0]++;
                    }
                    int place = places.get(next[0]++);
                    return Stars.row(place, signatures.get(place), document[0]);
                });
    }

    private static Iterator<Tuple2<long[], Byte>> withFirst(Iterator<Tuple2<long[], Byte>> rows) {
        var first = new long[] {-1, 0, 0};
        return new Ahead<>(
                () -> {
                    while (rows.hasNext()) {
                        long[] row = rows.next()._1();
                        if (row[0] == first[0] && row[1] == first[1]) {
                            return Stars.row(row[2], first[2]);
                        }
                        System.arraycopy(row, 0, first, 0, first.length);
                    }
                    return null;
                });
    }

    /// Clusters by the number of their documents.
    private static SortedMap<Integer, Long> sizes(JavaPairRDD<long[], Byte> clusters) {
        List<Map<Integer, Long>> parts =
                clusters.mapPartitions(
                                rows -> {
                                    var sizes = new TreeMap<Integer, Long>();
                                    long root = -1;
                                    int others = 0;
                                    while (rows.hasNext()) {
                                        long[] row = rows.next()._1();
                                        if (row[0] != root && others > 0) {
                                            sizes.merge(others + 1, 1L, Long::sum);
                                            others = 0;
                                        }
                                        root = row[0];
                                        others++;
                                    }
                                    if (others > 0) {
                                        sizes.merge(others + 1, 1L, Long::sum);
                                    }
                                    return List.<Map<Integer, Long>>of(sizes).iterator();
                                })
                        .collect();
        var all = new TreeMap<Integer, Long>();
        for (Map<Integer, Long> part : parts) {
            part.forEach((size, count) -> all.merge(size, count, Long::sum));
        }
        return all;
    }

    /// Gives documents that go the id of the one that stays.
    private static Iterator<Tuple2<long[], String>> named(
            Iterator<Tuple2<long[], Byte>> rows, String work, long[] firsts) throws IOException {
        int piece = TaskContext.getPartitionId();
        var ids = Jobs.of(work).ids(piece);
        var document = new long[] {firsts[piece] - 1};
        return new Ahead<>(
                () -> {
                    if (!rows.hasNext()) {
                        ids.close();
                        return null;
                    }
                    long[] row = rows.next()._1();
                    while (document[0] < row[0] && ids.next()) {
                        document[0]++;
                    }
                    return new Tuple2<>(new long[] {row[1], 1}, ids.id());
                });
    }

    /// Writes down what becomes of the documents of a piece. Of one that goes there is the id of
    /// the one that stays; and in front of that a row without one, where the text is the same.
    private static void write(Iterator<Tuple2<long[], String>> rows, String work, long[] firsts)
            throws IOException {
        int piece = TaskContext.getPartitionId();
        long document = firsts[piece];
        Tuple2<long[], String> row = rows.hasNext() ? rows.next() : null;
        try (var fates = Jobs.of(work).fates(piece)) {
            for (; fates.next(); document++) {
                boolean same = false;
                String of = "";
                while (row != null && row._1()[0] == document) {
                    same |= row._1()[1] == 0;
                    of = row._2();
                    row = rows.hasNext() ? rows.next() : null;
                }
                if (of.isEmpty()) {
                    fates.stays();
                } else {
                    fates.goes(same, of);
                }
            }
            fates.finish();
        }
    }

    private void passages(int step) {
        String work = directory;
        long[] numbers = firsts;
        pieces().flatMapToPair(piece -> passages(work, piece, step, numbers[piece]))
                .repartitionAndSortWithinPartitions(
                        new Numbers.ByHash(partitions, 1), Numbers.ORDER)
                .mapPartitionsToPair(Decision::again)
                .repartitionAndSortWithinPartitions(new Numbers.ByPiece(firsts), Numbers.ORDER)
                .foreachPartition(rows -> cut(rows, work, step, numbers));
    }

    /// Rows of the hash of a passage, its document, and its number there.
    private static Iterator<Tuple2<long[], Byte>> passages(
            String work, int piece, int step, long first) throws IOException {
        var passages = Jobs.of(work).passages(piece, step);
        return new Ahead<>(
                () -> {
                    if (passages.next()) {
                        return Stars.row(
                                passages.hash(), first + passages.document(), passages.passage());
                    }
                    passages.close();
                    return null;
                });
    }

    /// The passages that were there before: all but the first of those with the same hash.
    private static Iterator<Tuple2<long[], Byte>> again(Iterator<Tuple2<long[], Byte>> rows) {
        var hash = new long[1];
        var any = new boolean[1];
        return new Ahead<>(
                () -> {
                    while (rows.hasNext()) {
                        long[] row = rows.next()._1();
                        if (any[0] && row[0] == hash[0]) {
                            return Stars.row(row[1], row[2]);
                        }
                        any[0] = true;
                        hash[0] = row[0];
                    }
                    return null;
                });
    }

    private static void cut(
            Iterator<Tuple2<long[], Byte>> rows, String work, int step, long[] firsts)
            throws IOException {
        int piece = TaskContext.getPartitionId();
        try (var cuts = Jobs.of(work).cuts(piece, step)) {
            while (rows.hasNext()) {
                long[] row = rows.next()._1();
                cuts.cut((int) (row[0] - firsts[piece]), (int) row[1]);
            }
            cuts.finish();
        }
    }
}
