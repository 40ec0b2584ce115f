package io.tornadogpt.examples;

import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Byte-pair encoding by hand, one step after the other on a real sentence: the pieces, their
/// bytes, the merges, the ids, and back to the text. At the end it must agree with the library's.
public final class TokenizerExplained {
    /// GPT-2's pattern: contractions, words, numbers and signs, each with the blank before it, then
    /// what blanks are left (Radford et al., 2019).
    private static final Pattern PIECES =
            Pattern.compile(
                    "'(?:[sdmt]|ll|ve|re)| ?\\p{L}+| ?\\p{N}+|"
                            + " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");

    private static final int VOCABULARY = 512;

    private final Tokenizer tokenizer;

    /// Bytes are held as strings of characters 0 to 255, which can be keys of a map.
    private final Map<String, Integer> idOfBytes = new HashMap<>();

    private TokenizerExplained(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            if (!tokenizer.specialTokens().containsValue(id)) {
                String bytes = new String(tokenizer.tokenBytes(id), StandardCharsets.ISO_8859_1);
                idOfBytes.put(bytes, id);
            }
        }
    }

    /// @param args a sentence, if another one is wanted
    public static void main(String[] args) throws IOException {
        String text = StoryModel.argument(args, 0, "Anna's brown dog found 2 kites near the café.");
        Tokenizer tokenizer = new BpeTrainer(VOCABULARY).train(StoryModel.stories(100_000));
        new TokenizerExplained(tokenizer).explain(text);
    }

    private void explain(String text) {
        System.out.printf("The text:%n  %s%n%n", text);
        List<String> pieces = PIECES.matcher(text).results().map(m -> m.group()).toList();
        System.out.println("1. A pattern cuts it into pieces. Tokens never reach across a cut.");
        System.out.println("  " + pieces.stream().map(TokenizerExplained::shown).toList());

        System.out.println(
                "\n2. A piece is bytes of UTF-8, so that there is no text without tokens.");
        pieces.forEach(piece -> System.out.printf("  %-10s %s%n", shown(piece), hex(piece)));

        System.out.println(
                """

                3. In each piece the two neighbours merge whose pair is the oldest token, again and
                   again. A token is the older the more often it was met when the tokenizer was
                   trained, and its id says how old it is.\
                """);
        var ids = new ArrayList<Integer>();
        for (String piece : pieces) {
            merge(bytes(piece)).forEach(token -> ids.add(idOfBytes.get(token)));
        }

        System.out.printf("%n4. The ids are what a model sees:%n  %s%n", ids);
        int[] expected = tokenizer.encode(text);
        if (!ids.equals(Arrays.stream(expected).boxed().toList())) {
            throw new IllegalStateException(
                    "by hand " + ids + ", by the library " + Arrays.toString(expected));
        }
        System.out.printf(
                "  %d tokens for %d bytes, and the same as Tokenizer.encode has.%n",
                ids.size(), text.getBytes(StandardCharsets.UTF_8).length);

        System.out.printf(
                "%n5. Back: the bytes of all tokens, read as UTF-8:%n  %s%n",
                tokenizer.decode(expected));
    }

    /// Merges the bytes of one piece, and prints how.
    private List<String> merge(String bytes) {
        var tokens = new ArrayList<String>();
        bytes.chars().forEach(b -> tokens.add(Character.toString(b)));
        System.out.println("  " + row(tokens));
        int at = oldestPair(tokens);
        while (at >= 0) {
            String pair = tokens.get(at) + tokens.remove(at + 1);
            tokens.set(at, pair);
            System.out.printf("  %-24s %d%n", row(tokens), idOfBytes.get(pair));
            at = oldestPair(tokens);
        }
        return tokens;
    }

    /// Where the pair begins that is the oldest token; -1 where no pair is one.
    private int oldestPair(List<String> tokens) {
        int oldest = Integer.MAX_VALUE;
        int at = -1;
        for (int i = 0; i + 1 < tokens.size(); i++) {
            int id = idOfBytes.getOrDefault(tokens.get(i) + tokens.get(i + 1), Integer.MAX_VALUE);
            if (id < oldest) {
                oldest = id;
                at = i;
            }
        }
        return at;
    }

    private static String bytes(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String row(List<String> tokens) {
        return tokens.stream().map(TokenizerExplained::shownBytes).collect(Collectors.joining("|"));
    }

    private static String shown(String text) {
        return text.replace(' ', '_').replace("\n", "\\n");
    }

    /// A token as text, or as its bytes where it ends within a character.
    private static String shownBytes(String bytes) {
        byte[] utf8 = bytes.getBytes(StandardCharsets.ISO_8859_1);
        String text = new String(utf8, StandardCharsets.UTF_8);
        return text.contains("\uFFFD") ? "<" + HexFormat.of().formatHex(utf8) + ">" : shown(text);
    }

    private static String hex(String text) {
        return HexFormat.ofDelimiter(" ").formatHex(text.getBytes(StandardCharsets.UTF_8));
    }
}
