package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.decoder.Decoders;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.Stage;
import io.tornadogpt.tokenizer.normalizer.Normalizers;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;
import io.tornadogpt.tokenizer.text.Characters;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What `src/test/python/stages.py` wrote, and what our stages make of it.
final class StageCases {

    private static final ObjectMapper JSON = new ObjectMapper();

    private StageCases() {}

    /// One stage with its cases.
    record StageCase(String section, JsonNode stage, JsonNode cases) {
        JsonSection json() {
            return new JsonSection(Path.of("stages.jsonl"), section, stage);
        }

        @Override
        public String toString() {
            String text = stage.toString();
            return section + " " + (text.length() < 150 ? text : text.substring(0, 150));
        }
    }

    static List<StageCase> read(Path file) throws IOException {
        List<StageCase> all = new ArrayList<>();
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                all.add(parse(line));
            }
        }
        return all;
    }

    private static StageCase parse(String line) throws IOException {
        JsonNode node = JSON.readTree(line);
        return new StageCase(node.get("section").asText(), node.get("stage"), node.get("cases"));
    }

    /// The stage that a case's section says; null for a model.
    static Stage stage(StageCase stage) throws IOException {
        return switch (stage.section()) {
            case "normalizer" -> Normalizers.READERS.read(stage.json());
            case "pre_tokenizer" -> PreTokenizers.READERS.read(stage.json());
            case "decoder" -> Decoders.READERS.read(stage.json());
            default -> null;
        };
    }

    /// What a stage makes of a case's input, as JSON like the case's output.
    static JsonNode output(Stage stage, JsonNode input) {
        return switch (stage) {
            case io.tornadogpt.tokenizer.normalizer.Normalizer normalizer ->
                    JSON.valueToTree(normalizer.normalize(Characters.wellFormed(input.asText())));
            case io.tornadogpt.tokenizer.pretokenizer.PreTokenizer cutter -> {
                List<String> pieces = new ArrayList<>();
                if (!input.asText().isEmpty()) {
                    cutter.cut(input.asText(), true, (piece, first) -> pieces.add(piece));
                }
                yield JSON.valueToTree(pieces);
            }
            case Decoder decoder -> {
                List<String> tokens = new ArrayList<>();
                input.forEach(token -> tokens.add(token.asText()));
                yield JSON.valueToTree(Decoder.decode(decoder, tokens));
            }
            default -> throw new IllegalArgumentException(stage.type());
        };
    }

    /// Compares by hand with a file of nearly all of Unicode.
    public static void main(String[] args) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(Path.of(args[0]))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                compare(parse(line));
            }
        }
    }

    private static void compare(StageCase each) throws IOException {
        Stage stage = stage(each);
        int different = 0;
        for (JsonNode pair : each.cases()) {
            if (stage != null && !output(stage, pair.get(0)).equals(pair.get(1))) {
                if (different++ < 3) {
                    System.out.println("  in   " + escaped(pair.get(0)));
                    System.out.println("  peer " + escaped(pair.get(1)));
                    System.out.println("  ours " + escaped(output(stage, pair.get(0))));
                }
            }
        }
        System.out.println(different + " of " + each.cases().size() + ": " + each);
    }

    private static String escaped(JsonNode node) {
        StringBuilder escaped = new StringBuilder();
        node.toString()
                .chars()
                .forEach(
                        c ->
                                escaped.append(
                                        c >= 0x20 && c < 0x7F
                                                ? String.valueOf((char) c)
                                                : String.format("\\u%04x", c)));
        return escaped.toString();
    }
}
