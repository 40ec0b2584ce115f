package io.tornadogpt.curation.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Makes texts that all quality rules keep, and reads what a run left.
final class Corpus {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final String SYLLABLES =
            "ba be bi bo bu da de di do du fa fe fi fo fu ga ge gi go gu ka ke ki ko ku la le li lo"
                + " lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su"
                + " ta te ti to tu va ve vi vo vu";
    private static final String[] PARTS = SYLLABLES.split(" ");
    private static final String[] SMALL = {"the", "of", "and", "that", "with", "have", "to", "be"};

    private Corpus() {}

    static String word(Random random) {
        var word = new StringBuilder();
        for (int i = 2 + random.nextInt(2); i > 0; i--) {
            word.append(PARTS[random.nextInt(PARTS.length)]);
        }
        return word.toString();
    }

    static String sentence(Random random) {
        var sentence = new StringBuilder("The");
        for (int i = 9 + random.nextInt(5); i > 0; i--) {
            sentence.append(' ')
                    .append(
                            random.nextInt(4) == 0
                                    ? SMALL[random.nextInt(SMALL.length)]
                                    : word(random));
        }
        return sentence.append('.').toString();
    }

    static String prose(Random random, int sentences) {
        var prose = new StringBuilder();
        for (int i = 0; i < sentences; i++) {
            prose.append(prose.isEmpty() ? "" : i % 4 == 0 ? "\n" : " ").append(sentence(random));
        }
        return prose.toString();
    }

    static String row(String text) throws IOException {
        return MAPPER.writeValueAsString(Map.of("text", text)) + "\n";
    }

    static List<JsonNode> lines(Path file) throws IOException {
        var rows = new ArrayList<JsonNode>();
        try (var lines = LineFile.open(file)) {
            while (lines.next()) {
                rows.add(MAPPER.readTree(lines.text()));
            }
        }
        return rows;
    }

    /// The rows of all files in a folder of a result.
    static List<JsonNode> all(Path folder) throws IOException {
        var rows = new ArrayList<JsonNode>();
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.sorted().toList()) {
                    rows.addAll(lines(file));
                }
            }
        }
        return rows;
    }

    /// Checksums of all files of a result but the report, which holds times.
    static Map<String, String> sums(Path folder) throws IOException {
        var sums = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = folder.relativize(file).toString();
                if (!name.equals("report.html")) {
                    sums.put(name, io.tornadogpt.core.files.Sha256.of(file).hex());
                }
            }
        }
        return sums;
    }
}
