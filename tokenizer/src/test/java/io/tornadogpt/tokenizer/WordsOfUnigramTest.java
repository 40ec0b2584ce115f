package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.tokenizer.json.RustNumbers;
import io.tornadogpt.tokenizer.model.BestPath;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceModel;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.PackedTrie;
import io.tornadogpt.tokenizer.text.Trie;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A unigram model encodes word by word and remembers words; SentencePiece searches a whole text,
/// with sums in single precision.
class WordsOfUnigramTest {

    private static String words(Random random, int count) {
        String[] syllables = {
            "ka", "ro", "mi", "tes", "lu", "a", "sha", "ol", "n", "da", "é", "??"
        };
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            for (int n = 1 + random.nextInt(5); n > 0; n--) {
                text.append(syllables[random.nextInt(syllables.length)]);
            }
            text.append(random.nextInt(20) == 0 ? "  " : " ");
        }
        return text.toString();
    }

    @Test
    void rememberedWordsAreThePiecesOfTheWholeText() throws IOException {
        Random random = new Random(5);
        byte[] learned = words(random, 4_000).replace(" ", " \n").getBytes(StandardCharsets.UTF_8);
        Tokenizer tokenizer =
                new SentencePieceTrainer(SentencePieceTrainer.Model.UNIGRAM, 200)
                        .train(new ByteArrayInputStream(learned), TrainingProgress.SILENT);
        String text = words(random, 120_000);
        assertArrayEquals(wholeText(tokenizer, text), tokenizer.encode(text));
    }

    /// What a search over the whole text finds; all of its characters are known.
    private static int[] wholeText(Tokenizer tokenizer, String text) {
        Pipeline pipeline = ((PipelineTokenizer) tokenizer).pipeline();
        SentencePieceFile file = ((SentencePieceModel) pipeline.model()).file();
        Trie trie = new Trie();
        double[] scores = new double[file.pieces().size()];
        double least = 0;
        for (int id = 0; id < scores.length; id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            if (piece.type() == SentencePieceFile.PieceType.NORMAL) {
                trie.put(piece.text(), id);
                scores[id] = piece.score();
                least = Math.min(least, piece.score());
            }
        }
        IntArray ids = new IntArray(text.length());
        Normalizer normalizer = pipeline.normalizer();
        String normal = normalizer == null ? text : normalizer.normalize(text);
        new BestPath(new PackedTrie(trie), scores, -1, least, true)
                .find(normal, (from, to, id) -> ids.add(id));
        return ids.toArray();
    }

    /// tokenizers 0.23.2 writes this score of T5's back as the second number.
    @Test
    void scoresAreReadAsTheLibraryReadsThem() {
        assertEquals(-2.012292861938477, RustNumbers.parse("-2.0122928619384766"));
        assertEquals(-2.5, RustNumbers.parse("-2.5"));
        assertEquals(0.0, RustNumbers.parse("0.0"));
        assertEquals(Double.POSITIVE_INFINITY, RustNumbers.parse("1e99999999999"));
    }

    @Test
    void packedTrieHoldsTheSameKeys() {
        Random random = new Random(7);
        for (int round = 0; round < 40; round++) {
            Trie trie = new Trie();
            int alphabet = 1 + random.nextInt(round % 4 == 0 ? 60_000 : 40);
            for (int id = 0; id < 30 * round; id++) {
                trie.put(key(random, alphabet), id);
            }
            PackedTrie packed = new PackedTrie(trie);
            for (int i = 0; i < 2_000; i++) {
                String key = key(random, alphabet);
                int node = PackedTrie.ROOT;
                for (int at = 0; at < key.length() && node != PackedTrie.NONE; at++) {
                    node = packed.next(node, key.charAt(at));
                }
                int value = node == PackedTrie.NONE ? PackedTrie.NONE : packed.value(node);
                assertEquals(trie.get(key, 0, key.length()), value, key);
            }
        }
    }

    private static String key(Random random, int alphabet) {
        StringBuilder key = new StringBuilder();
        for (int n = random.nextInt(5); n >= 0; n--) {
            key.append((char) (0x20 + random.nextInt(alphabet)));
        }
        return key.toString();
    }

    /// SentencePiece's count of its own test text, whose lines end as Python reads them.
    @Test
    void botchanHas75297TokensWithLlama2() throws IOException {
        assertEquals(75_297, tokensOfBotchan("llama2-tokenizer.model"));
    }

    @Test
    void botchanHas71737TokensWithT5() throws IOException {
        assertEquals(71_737, tokensOfBotchan("t5-spiece.model"));
    }

    private static int tokensOfBotchan(String name) throws IOException {
        String set = System.getenv("GPT_TEST_DATA");
        Path data = Path.of(set == null ? "../../shared/data" : set);
        Path text = data.resolve("botchan.txt");
        Path file = data.resolve(name);
        Assumptions.assumeTrue(
                Files.exists(file) && Files.exists(text), () -> "skipped: there is no " + file);
        return Tokenizer.load(file).encode(Files.readString(text).replace("\r\n", "\n")).length;
    }
}
