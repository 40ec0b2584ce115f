package io.tornadogpt.examples;

import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.TrainingData;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Chapter 2 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: a text becomes
/// tokens, and tokens become pairs of what a model reads and what it is to predict.
///
/// Read next: [io.tornadogpt.trainer.data.Batches], where a run's batches come from.
public final class BookTokens {
    private static final int LENGTH = 4;

    private BookTokens() {}

    /// @param args the text of "The Verdict" by Edith Wharton, as the book has it
    public static void main(String[] args) throws IOException {
        String text = Files.readString(Path.of(args[0]));
        Tokenizer tokenizer = Tokenizer.gpt2();
        int[] ids = tokenizer.encode(text);
        System.out.printf("characters   %,7d   book: 20,479%n", text.length());
        System.out.printf("tokens       %,7d   book: 5,145%n", ids.length);

        // Without a part to validate on, and one row to a batch.
        try (var data = TrainingData.of(tokenizer, text).trainingOnly()) {
            Batches batches = Batches.sequential(data.training(), 1, LENGTH, 1);
            int[] inputs = new int[LENGTH];
            int[] targets = new int[LENGTH];
            batches.fill(0, 0, inputs, targets);
            System.out.printf("first batch  %s%n", Arrays.toString(inputs));
            System.out.println("book         [40, 367, 2885, 1464]");
            System.out.printf("to predict   %s%n", Arrays.toString(targets));
            System.out.println("book         [367, 2885, 1464, 1807]");
            System.out.println();
            for (int i = 0; i < LENGTH; i++) {
                String read = tokenizer.decode(Arrays.copyOf(inputs, i + 1));
                System.out.printf("'%s' -> '%s'%n", read, tokenizer.decode(targets[i]));
            }
        }
    }
}
