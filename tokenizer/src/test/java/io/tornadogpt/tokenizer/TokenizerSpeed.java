package io.tornadogpt.tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Measures by hand how fast one thread encodes documents; `bench/peers/tokenizers_speed.py` does
/// the same with Hugging Face's library.
///
/// Arguments: the tokenizer, a text, which is cut into documents of about 2,000 characters at line
/// ends, and for how many seconds to repeat, of which the first half warms up.
final class TokenizerSpeed {

    private static final int DOCUMENT = 2_000;

    private TokenizerSpeed() {}

    public static void main(String[] args) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(Path.of(args[0]));
        String text = Files.readString(Path.of(args[1]));
        double seconds = Double.parseDouble(args[2]);
        List<String> documents = documents(text);
        long bytes = text.getBytes(StandardCharsets.UTF_8).length;
        long begin = System.nanoTime();
        double best = 0;
        long tokens = 0;
        for (double passed = 0; passed < seconds; passed = (System.nanoTime() - begin) / 1e9) {
            long start = System.nanoTime();
            tokens = 0;
            for (String document : documents) {
                tokens += tokenizer.encodeWithSpecialTokens(document).length;
            }
            double speed = bytes / 1e6 / ((System.nanoTime() - start) / 1e9);
            best = passed < seconds / 2 ? best : Math.max(best, speed);
        }
        System.out.printf("%.2f MB/s, %d tokens%n", best, tokens);
    }

    private static List<String> documents(String text) {
        List<String> documents = new ArrayList<>();
        for (int from = 0, end; from < text.length(); from = end) {
            int feed = text.indexOf('\n', Math.min(text.length(), from + DOCUMENT));
            end = feed < 0 ? text.length() : feed + 1;
            documents.add(text.substring(from, end));
        }
        return documents;
    }
}
