package io.tornadogpt.examples;

import io.tornadogpt.sampler.Embedder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Ranks a few sentences by how like in meaning they are to yours, with a sentence encoder such as
/// all-MiniLM-L6-v2.
///
/// The encoder makes a vector of each sentence; the cosine of the angle between two of them says
/// how like they are.
///
/// Read next: [Embedder], which packs texts of unequal length into rows.
public final class SentenceSimilarity {
    private static final List<String> SENTENCES =
            List.of(
                    "A cat sleeps on the sofa.",
                    "The stock market fell sharply today.",
                    "How do I open a bank account?",
                    "A kitten is taking a nap.",
                    "The recipe needs two eggs and some flour.",
                    "Share prices dropped this morning.",
                    "Which documents does a bank ask new customers for?",
                    "He plays the guitar in a band.");

    private SentenceSimilarity() {}

    /// Takes a directory with `config.json`, `model.safetensors` and `tokenizer.json`, and a
    /// sentence.
    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("expected: MODEL_DIRECTORY SENTENCE");
            System.exit(2);
        }
        try (var embedder = Embedder.open(Path.of(args[0]))) {
            float[] asked = embedder.embed(args[1]);
            List<float[]> vectors = embedder.embed(SENTENCES);
            double[] alike = vectors.stream().mapToDouble(v -> Embedder.cosine(asked, v)).toArray();
            IntStream.range(0, alike.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> -alike[i]))
                    .forEach(i -> System.out.printf("%6.3f  %s%n", alike[i], SENTENCES.get(i)));
        }
    }
}
