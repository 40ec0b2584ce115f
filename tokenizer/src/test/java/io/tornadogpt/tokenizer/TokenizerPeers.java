package io.tornadogpt.tokenizer;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

/// Compares a tokenizer with what `bench/peers/tokenizers_peer.py` wrote: ids of each string, the
/// decoded text, and the text decoded token by token.
///
/// Arguments: `special` or `plain` (whether names of special tokens count), the tokenizer's file or
/// directory, the peer's file, and how many differences to show.
final class TokenizerPeers {

    private TokenizerPeers() {}

    /// How many of the peer's strings came out differently.
    record Differences(int strings, int ids, int texts, int streams) {}

    public static void main(String[] args) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(Path.of(args[1]));
        int shown = args.length > 3 ? Integer.parseInt(args[3]) : 5;
        System.out.println(
                args[1]
                        + ": "
                        + compare(tokenizer, Path.of(args[2]), args[0].equals("special"), shown));
    }

    static Differences compare(Tokenizer tokenizer, Path peer, boolean special, int shown)
            throws IOException {
        int strings = 0;
        int ids = 0;
        int texts = 0;
        int streams = 0;
        try (BufferedReader lines = Files.newBufferedReader(peer)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] fields = line.split("\t", -1);
                byte[] bytes = Base64.getDecoder().decode(fields[0]);
                int[] expected =
                        Arrays.stream(fields[2].split(" "))
                                .filter(id -> !id.isEmpty())
                                .mapToInt(Integer::parseInt)
                                .toArray();
                String decoded =
                        new String(Base64.getDecoder().decode(fields[3]), StandardCharsets.UTF_8);
                int[] found = encode(tokenizer, bytes, special);
                strings++;
                if (!Arrays.equals(expected, found)) {
                    if (ids++ < shown) {
                        show(tokenizer, bytes, expected, found);
                    }
                    continue;
                }
                String text = tokenizer.decode(found);
                if (!text.equals(decoded) && texts++ < shown) {
                    System.out.println("text " + escaped(decoded) + "\nours " + escaped(text));
                }
                streams += stream(tokenizer, found).equals(text) ? 0 : 1;
            }
        }
        return new Differences(strings, ids, texts, streams);
    }

    private static int[] encode(Tokenizer tokenizer, byte[] bytes, boolean special) {
        return special
                ? tokenizer.encodeWithSpecialTokens(new String(bytes, StandardCharsets.UTF_8))
                : tokenizer.encodeBytes(bytes);
    }

    private static String stream(Tokenizer tokenizer, int[] ids) {
        StreamDecoder decoder = tokenizer.streamDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.push(id));
        }
        return text.append(decoder.finish()).toString();
    }

    private static void show(Tokenizer tokenizer, byte[] bytes, int[] expected, int[] found) {
        System.out.println("string " + escaped(new String(bytes, StandardCharsets.UTF_8)));
        int same = 0;
        while (same < Math.min(expected.length, found.length) && expected[same] == found[same]) {
            same++;
        }
        System.out.println("  peer from " + same + ": " + names(tokenizer, expected, same));
        System.out.println("  ours from " + same + ": " + names(tokenizer, found, same));
    }

    private static String names(Tokenizer tokenizer, int[] ids, int from) {
        StringBuilder names = new StringBuilder();
        for (int i = from; i < Math.min(ids.length, from + 8); i++) {
            names.append(ids[i])
                    .append('=')
                    .append(escaped(String.valueOf(tokenizer.token(ids[i]))))
                    .append(' ');
        }
        return names.toString();
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder("\"");
        text.chars()
                .forEach(
                        c ->
                                escaped.append(
                                        c >= 0x20 && c < 0x7F
                                                ? String.valueOf((char) c)
                                                : String.format("\\u%04x", c)));
        return escaped.append('"').toString();
    }
}
