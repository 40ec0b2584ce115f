package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.files.VocabularyAndMerges;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;
import io.tornadogpt.tokenizer.text.ByteAlphabet;
import io.tornadogpt.tokenizer.text.ParallelChunks;
import io.tornadogpt.tokenizer.text.TextChunk;
import io.tornadogpt.tokenizer.text.Utf8;
import io.tornadogpt.tokenizer.training.PairMerging;
import io.tornadogpt.tokenizer.training.PieceCounts;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Trains a byte-level BPE vocabulary (Sennrich et al. 2016; Radford et al. 2019): starting from
/// the 256 bytes, the pair of tokens that is most frequent within pieces of text becomes a token,
/// until the vocabulary is full.
///
/// The vocabulary and merges are those of Hugging Face's `BpeTrainer` with a `ByteLevel`
/// pre-tokenizer, the whole byte alphabet and equal settings, given the text as one document:
/// special tokens first, then bytes in the alphabet's order, then merges. The result does not
/// depend on the number of cores.
///
/// Cost: one pass over the text on all cores, then for each merge the distinct pieces that hold it;
/// memory grows with the number of distinct pieces, not with the text.
///
/// @param vocabularySize tokens wanted, with the 256 bytes and the special tokens; fewer come where
///   the text has no more pairs
/// @param minFrequency how often a pair has to occur to be merged, 1 or more
/// @param specialTokens names of special tokens; they get the ids from 0 on
public record BpeTrainer(int vocabularySize, int minFrequency, List<String> specialTokens) {

    private static final int BYTES = 256;

    /// The smallest vocabulary without special tokens: a token for each byte.
    public static final int SMALLEST = BYTES;

    /// The largest vocabulary.
    public static final int LARGEST = Vocabulary.MAX_TOKENS;

    /// @throws IllegalArgumentException if the settings cannot make a vocabulary
    public BpeTrainer {
        specialTokens = List.copyOf(specialTokens);
        int smallest = BYTES + specialTokens.size();
        if (vocabularySize < smallest || vocabularySize > LARGEST) {
            throw new IllegalArgumentException(
                    "vocabularySize is "
                            + vocabularySize
                            + "; expected "
                            + smallest
                            + " (256 bytes and "
                            + specialTokens.size()
                            + " special tokens) to "
                            + LARGEST);
        }
        if (minFrequency < 1) {
            throw new IllegalArgumentException(
                    "minFrequency is " + minFrequency + "; expected 1 or more");
        }
        if (specialTokens.stream().distinct().count() < specialTokens.size()
                || specialTokens.stream().anyMatch(name -> name.length() < 2)) {
            throw new IllegalArgumentException(
                    "special tokens "
                            + specialTokens
                            + ": expected distinct names of two characters or more");
        }
    }

    /// The usual settings: pairs that occur twice or more, and [Tokenizer#END_OF_TEXT].
    public BpeTrainer(int vocabularySize) {
        this(vocabularySize, 2, List.of(Tokenizer.END_OF_TEXT));
    }

    /// Trains on one text.
    public Tokenizer train(String text) {
        try {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return train(new ByteArrayInputStream(utf8), TrainingProgress.SILENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Trains on a stream of UTF-8 text.
    ///
    /// @throws UnencodableTextException if the bytes are not UTF-8
    public Tokenizer train(InputStream utf8, TrainingProgress progress) throws IOException {
        return merge(countPieces(utf8, progress), progress);
    }

    private static PieceCounts countPieces(InputStream utf8, TrainingProgress progress)
            throws IOException {
        PieceCounts all = new PieceCounts();
        new ParallelChunks<>(Gpt2Pieces.GPT2::lastCut, BpeTrainer::countPieces)
                .run(
                        utf8,
                        (counts, bytes) -> {
                            all.addAll(counts);
                            progress.counted(bytes);
                        });
        return all;
    }

    private static PieceCounts countPieces(TextChunk chunk) {
        Utf8.requireWellFormed(chunk);
        PieceCounts counts = new PieceCounts();
        for (int at = 0, end; at < chunk.length(); at = end) {
            end = Gpt2Pieces.GPT2.pieceEnd(chunk.bytes(), at, chunk.length());
            counts.add(chunk.bytes(), at, end, 1);
        }
        return counts;
    }

    private Tokenizer merge(PieceCounts pieces, TrainingProgress progress) {
        GrowingVocabulary vocabulary = new GrowingVocabulary(specialTokens);
        PairMerging merging = new PairMerging(pieces, vocabulary.tokenOfByte());
        while (vocabulary.size() < vocabularySize) {
            PairMerging.Best best = merging.poll(minFrequency);
            if (best == null) {
                break;
            }
            merging.merge(best, vocabulary.merge(best.left(), best.right()));
            progress.merged(vocabulary.size(), vocabularySize);
        }
        return vocabulary.toTokenizer();
    }

    private static final class GrowingVocabulary {

        private final Map<String, Integer> specialTokens = new LinkedHashMap<>();
        private final List<byte[]> bytesOfId = new ArrayList<>();
        private final Map<ByteBuffer, Integer> idOfBytes = new HashMap<>();

        /// The token of each pair in order of rank. A pair that comes up again is ranked anew.
        private final Map<Pair, Integer> merges = new LinkedHashMap<>();

        private record Pair(int left, int right) {}

        GrowingVocabulary(List<String> specialNames) {
            for (String name : specialNames) {
                specialTokens.put(name, bytesOfId.size());
                bytesOfId.add(name.getBytes(StandardCharsets.UTF_8));
            }
            for (byte b : ByteAlphabet.inOrderOfChars()) {
                add(new byte[] {b});
            }
        }

        int size() {
            return bytesOfId.size();
        }

        int[] tokenOfByte() {
            int[] tokenOfByte = new int[BYTES];
            for (int id = specialTokens.size(); id < size(); id++) {
                tokenOfByte[bytesOfId.get(id)[0] & 0xFF] = id;
            }
            return tokenOfByte;
        }

        /// The token for two tokens' bytes: a new one, or the one that another merge made of them.
        int merge(int left, int right) {
            byte[] first = bytesOfId.get(left);
            byte[] second = bytesOfId.get(right);
            byte[] joined =
                    ByteBuffer.allocate(first.length + second.length)
                            .put(first)
                            .put(second)
                            .array();
            Integer known = idOfBytes.get(ByteBuffer.wrap(joined));
            int id = known != null ? known : add(joined);
            merges.remove(new Pair(left, right));
            merges.put(new Pair(left, right), id);
            return id;
        }

        Tokenizer toTokenizer() {
            Merges ranked = new Merges(merges.size());
            merges.forEach((pair, id) -> ranked.add(pair.left(), pair.right(), id));
            Map<String, Integer> ids = new LinkedHashMap<>(specialTokens);
            for (int id = specialTokens.size(); id < size(); id++) {
                ids.put(ByteAlphabet.spell(bytesOfId.get(id)), id);
            }
            BitSet special = new BitSet();
            special.set(0, specialTokens.size());
            Vocabulary vocabulary = Vocabulary.of(ids).hiding(special);
            return new PipelineTokenizer(
                    VocabularyAndMerges.pipeline(
                            new Bpe(vocabulary, ranked, Bpe.Settings.PLAIN), specialTokens));
        }

        private int add(byte[] bytes) {
            bytesOfId.add(bytes);
            idOfBytes.put(ByteBuffer.wrap(bytes), size() - 1);
            return size() - 1;
        }
    }
}
