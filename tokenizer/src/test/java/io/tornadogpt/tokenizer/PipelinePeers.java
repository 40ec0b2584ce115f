package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Compares whole pipelines with what `src/test/python/pipelines.py` wrote of Hugging Face's.
///
/// Arguments by hand: its file, and a new directory for the tokenizers saved again, which the
/// script's `check` opens.
final class PipelinePeers {

    private static final ObjectMapper JSON = new ObjectMapper();

    private PipelinePeers() {}

    public static void main(String[] args) throws IOException {
        Path saved = Files.createDirectories(Path.of(args[1]));
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        int different = 0;
        for (int i = 0; i < lines.size(); i++) {
            JsonNode golden = JSON.readTree(lines.get(i));
            List<String> differences = new ArrayList<>();
            try {
                Tokenizer tokenizer = load(golden, saved);
                differences.addAll(compare(tokenizer, golden));
                tokenizer.save(saved);
                Tokenizer again = Tokenizer.load(saved.resolve("tokenizer.json"));
                compare(again, golden).forEach(each -> differences.add("saved: " + each));
                Files.move(
                        saved.resolve("tokenizer.json"),
                        saved.resolve(i + ".json"),
                        StandardCopyOption.REPLACE_EXISTING);
            } catch (TokenizerFormatException | IllegalArgumentException e) {
                differences.add(String.valueOf(e));
            }
            different += differences.isEmpty() ? 0 : 1;
            for (String each : differences) {
                System.out.println(i + " " + each);
            }
        }
        System.out.println(different + " of " + lines.size() + " pipelines differ");
    }

    /// Opens the tokenizer of a line.
    static Tokenizer load(JsonNode golden, Path directory) throws IOException {
        Path file = directory.resolve("tokenizer.json");
        Files.writeString(file, golden.get("tokenizer").toString());
        return Tokenizer.load(file);
    }

    /// What came out differently, in words.
    static List<String> compare(Tokenizer tokenizer, JsonNode golden) {
        List<String> differences = new ArrayList<>();
        for (JsonNode each : golden.get("cases")) {
            differences.addAll(compareCase(tokenizer, each, hasPadding(golden)));
        }
        return differences;
    }

    private static boolean hasPadding(JsonNode golden) {
        return !golden.get("tokenizer").get("padding").isNull();
    }

    private static List<String> compareCase(Tokenizer tokenizer, JsonNode each, boolean padded) {
        List<String> differences = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        each.get("texts").forEach(text -> texts.add(text.asText()));
        if (!each.get("batch").isNull()) {
            List<Encoding> batch = tokenizer.encodeForModel(texts);
            for (int i = 0; i < batch.size(); i++) {
                JsonNode expected = each.get("batch").get(i);
                note(differences, each.get("texts").get(i), expected, fields(batch.get(i)));
            }
        }
        // Padding is for batches here; Hugging Face pads a single pair too.
        if (!each.get("pair").isNull() && !padded) {
            JsonNode pair = each.get("pair_of");
            Encoding found = tokenizer.encodeForModel(pair.get(0).asText(), pair.get(1).asText());
            note(differences, pair, each.get("pair"), fields(found));
        }
        for (int i = 0; i < 2; i++) {
            JsonNode ids = each.get("decoded").get(i).get(0);
            JsonNode text = each.get("decoded").get(i).get(1);
            if (!text.isNull()) {
                int[] tokens = Golden.ids(ids);
                note(
                        differences,
                        ids,
                        text,
                        JSON.valueToTree(
                                i == 0
                                        ? tokenizer.decode(tokens)
                                        : tokenizer.decodeWithoutSpecialTokens(tokens)));
            }
        }
        return differences;
    }

    private static void note(List<String> to, JsonNode of, JsonNode expected, JsonNode found) {
        if (!expected.equals(found)) {
            to.add(of + "\n  peer " + expected + "\n  ours " + found);
        }
    }

    private static JsonNode fields(Encoding encoding) {
        int size = encoding.size();
        return JSON.valueToTree(
                List.of(
                        encoding.ids(),
                        encoding.typeIds(),
                        IntStream.range(0, size).map(i -> encoding.special()[i] ? 1 : 0).toArray(),
                        IntStream.range(0, size)
                                .map(i -> encoding.attended()[i] ? 1 : 0)
                                .toArray()));
    }
}
