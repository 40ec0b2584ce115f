package io.tornadogpt.curation.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

import scala.Tuple2;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// What is connected is found in whatever order its edges come.
class StarsTest {
    private static final int NODES = 400;

    /// The least number that each node is connected with, by looking again until nothing changes.
    private static Map<Long, Long> connected(List<long[]> edges) {
        var least = new long[NODES];
        Arrays.setAll(least, i -> i);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (long[] edge : edges) {
                long both = Math.min(least[(int) edge[0]], least[(int) edge[1]]);
                for (long node : edge) {
                    changed |= least[(int) node] != both;
                    least[(int) node] = both;
                }
            }
        }
        var all = new TreeMap<Long, Long>();
        for (int i = 0; i < NODES; i++) {
            if (least[i] != i) {
                all.put((long) i, least[i]);
            }
        }
        return all;
    }

    @Test
    void everyNodeIsConnectedWithTheLeastOfItsComponentAlone() {
        var conf =
                new SparkConf()
                        .setMaster("local[2]")
                        .setAppName("stars")
                        .set("spark.ui.enabled", "false");
        try (var context = new JavaSparkContext(conf)) {
            for (long seed = 0; seed < 3; seed++) {
                check(context, random(new Random(seed), 150 * ((int) seed + 1)), seed);
            }
            // A path is the longest way that there is.
            var path = new ArrayList<long[]>();
            for (int i = 1; i < NODES; i++) {
                path.add(new long[] {i, i - 1});
            }
            check(context, path, 7);
        }
    }

    private static List<long[]> random(Random random, int count) {
        var edges = new ArrayList<long[]>();
        for (int i = 0; i < count; i++) {
            int a = random.nextInt(NODES);
            int b = random.nextInt(NODES);
            if (a != b) {
                edges.add(new long[] {Math.max(a, b), Math.min(a, b)});
            }
        }
        edges.addAll(edges.subList(0, 10)); // some come twice
        return edges;
    }

    private static void check(JavaSparkContext context, List<long[]> edges, long seed) {
        Map<Long, Long> expected = connected(edges);
        assertTrue(expected.size() > 100, "" + expected.size());
        var shuffled = new ArrayList<>(edges);
        Collections.shuffle(shuffled, new Random(seed));
        JavaPairRDD<long[], Byte> rows =
                context.parallelize(shuffled, 3).mapToPair(edge -> new Tuple2<>(edge, (byte) 0));
        List<Tuple2<long[], Byte>> found =
                Stars.of(rows, 4, context.sc().longAccumulator("unsettled")).collect();
        var pairs = new TreeMap<Long, Long>();
        found.forEach(row -> pairs.put(row._1()[0], row._1()[1]));
        assertEquals(expected, pairs);
        assertEquals(expected.size(), found.size());
    }
}
