package io.tornadogpt.tokenizer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Trains tokenizers by hand, for `bench/peers/trainers_peer.py` to compare with the original
/// trainers'.
///
/// Arguments: `wordpiece`, `unigram`, `spbpe`, `unigram-nfkc` or `spbpe-nfkc`, the text, the size
/// of the vocabulary, a new directory, and texts to count the tokens of.
final class TrainerPeers {

    private static final TrainingProgress PRINTED =
            new TrainingProgress() {
                @Override
                public void pruned(int left, int wanted) {
                    System.err.println(left + " pieces");
                }
            };

    private TrainerPeers() {}

    public static void main(String[] args) throws IOException {
        int size = Integer.parseInt(args[2]);
        long start = System.nanoTime();
        Tokenizer tokenizer;
        try (InputStream text = new BufferedInputStream(Files.newInputStream(Path.of(args[1])))) {
            tokenizer = trained(args[0], size, text);
        }
        System.err.printf("%s trained in %.1f s%n", args[0], (System.nanoTime() - start) / 1e9);
        tokenizer.save(Path.of(args[3]));
        for (String held : Arrays.copyOfRange(args, 4, args.length)) {
            int tokens = tokenizer.encode(Files.readString(Path.of(held))).length;
            System.out.println(held + "\t" + tokens + "\t" + tokenizer.vocabularySize());
        }
    }

    private static Tokenizer trained(String kind, int size, InputStream text) throws IOException {
        return switch (kind) {
            case "wordpiece" -> new WordPieceTrainer(size).train(text, PRINTED);
            case "unigram" -> exact(SentencePieceTrainer.Model.UNIGRAM, size, text);
            case "spbpe" -> exact(SentencePieceTrainer.Model.BPE, size, text);
            case "unigram-nfkc" ->
                    new SentencePieceTrainer(SentencePieceTrainer.Model.UNIGRAM, size)
                            .train(text, PRINTED);
            case "spbpe-nfkc" ->
                    new SentencePieceTrainer(SentencePieceTrainer.Model.BPE, size)
                            .train(text, PRINTED);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Tokenizer exact(SentencePieceTrainer.Model model, int size, InputStream text)
            throws IOException {
        return SentencePieceTrainer.exact(model, size).train(text, PRINTED);
    }
}
