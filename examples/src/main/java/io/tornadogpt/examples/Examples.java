package io.tornadogpt.examples;

import org.jspecify.annotations.Nullable;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Lists the examples, or runs one of them and says what to read next: what `./gpt example` does.
public final class Examples {
    private static final String CORE = "gpt-core/src/main/java/io/tornadogpt/core/";
    private static final String SAMPLER = "sampler/src/main/java/io/tornadogpt/sampler/";
    private static final String TRAINER = "trainer/src/main/java/io/tornadogpt/trainer/";
    private static final String FINETUNE = "finetune/src/main/java/io/tornadogpt/finetune/";
    private static final String EVALUATION = "evaluation/src/main/java/io/tornadogpt/evaluation/";
    private static final String TOKENIZER = "tokenizer/src/main/java/io/tornadogpt/tokenizer/";

    /// An example's program.
    @FunctionalInterface
    private interface Program {
        void run(String... args) throws Exception;
    }

    /// @param name of its class
    /// @param usage names of its [Argument]s, in brackets those that it can do without
    /// @param idea that it shows
    /// @param next what to read after it
    private record Example(String name, String usage, String idea, String next, Program program) {
        private List<String> words() {
            return usage.isEmpty() ? List.of() : List.of(usage.split(" "));
        }

        String command() {
            return ("./gpt example " + name + " " + usage).strip();
        }

        /// What is wrong with these arguments; null where the example can begin.
        @Nullable String refusal(String... given) throws IOException {
            List<String> words = words();
            if (given.length > words.size()) {
                String texts =
                        usage.contains("TEXT") || usage.contains("SENTENCE")
                                ? ", or put a text that has blanks in quotes"
                                : "";
                return "'%s' is one argument too many; leave it out%s"
                        .formatted(given[words.size()], texts);
            }
            if (given.length < words.size() && !words.get(given.length).startsWith("[")) {
                return "%s needs %s too".formatted(name, words.get(given.length));
            }
            for (int i = 0; i < given.length; i++) {
                String argument = words.get(i).replaceAll("[\\[\\]]", "");
                String refusal = Argument.valueOf(argument).refusal(given[i]);
                if (refusal != null) {
                    return refusal;
                }
            }
            return null;
        }
    }

    private static final List<Example> ALL =
            List.of(
                    new Example(
                            "TokenizerExplained",
                            "[SENTENCE]",
                            "byte-pair encoding by hand, step by step",
                            TOKENIZER + "model/PieceMerger.java, which does it in O(n log n)",
                            TokenizerExplained::main),
                    new Example(
                            "LearnXor",
                            "",
                            "a program of five ops, its gradient and an optimizer",
                            CORE + "model/graph/Transformer.java, transformers in the same words",
                            LearnXor::main),
                    new Example(
                            "TrainAndSample",
                            "FILE STEPS DIR",
                            "a model of your text in 25 lines, as in the README",
                            TRAINER + "loop/TrainingStep.java: what a training step does",
                            TrainAndSample::main),
                    new Example(
                            "OwnTrainingLoop",
                            "[STEPS]",
                            "session, gradients and updates without Trainer",
                            TRAINER + "loop/TrainingLoop.java, which adds checkpoints and metrics",
                            OwnTrainingLoop::main),
                    new Example(
                            "CustomSamplingStep",
                            "[LETTER [RUN]]",
                            "a model that may not use one letter",
                            SAMPLER + "SamplingOptions.java: the steps that there are",
                            CustomSamplingStep::main),
                    new Example(
                            "AttentionPicture",
                            "[TEXT [RUN [PICTURE]]]",
                            "a picture of what a head attends to",
                            CORE + "op/Attention.java: what is computed of these weights",
                            AttentionPicture::main),
                    new Example(
                            "NextToken",
                            "MODEL_DIR TEXT",
                            "the next tokens that GPT-2, or another model, predicts",
                            CORE + "model/ModelDirectory.java: how Hugging Face's files are read",
                            NextToken::main),
                    new Example(
                            "BookTokens",
                            "FILE",
                            "Raschka's book, chapter 2: tokens and batches of a story",
                            TRAINER + "data/Batches.java: where a run's batches come from",
                            BookTokens::main),
                    new Example(
                            "BookAttention",
                            "",
                            "Raschka's book, chapter 3: attention in numbers",
                            CORE + "op/Attention.java: what is computed, and its gradient",
                            BookAttention::main),
                    new Example(
                            "BookSizes",
                            "",
                            "Raschka's book, chapter 4 and appendix E: counts of parameters",
                            CORE + "model/arch/Architecture.java: what a model is made of",
                            BookSizes::main),
                    new Example(
                            "BookPretraining",
                            "FILE DIR [EPOCHS [CHANNELS]]",
                            "the book, chapter 5: a model learns a story by heart",
                            TRAINER + "loop/TrainingLoop.java, which keeps the best model",
                            BookPretraining::main),
                    new Example(
                            "BookSpam",
                            "MODEL_DIR FILE DIR [EPOCHS]",
                            "the book, chapter 6: a classifier of spam",
                            FINETUNE + "task/ClassifyTask.java: a task of the training loop",
                            BookSpam::main),
                    new Example(
                            "BookInstructions",
                            "MODEL_DIR ROWS DIR [EPOCHS [RATE]]",
                            "the book, chapter 7: a model that answers instructions",
                            FINETUNE + "data/ExampleEncoder.java: what is learned of a row",
                            BookInstructions::main),
                    new Example(
                            "BookPreferences",
                            "MODEL_DIR ROWS DIR [EPOCHS [RATE]]",
                            "the book, chapter 7: which answers people prefer, by DPO",
                            FINETUNE + "task/DpoTask.java: no second model in memory",
                            BookPreferences::main),
                    new Example(
                            "BookSchedule",
                            "FILE DIR [EPOCHS [CHANNELS]]",
                            "the book, appendix D: warm-up, cosine and clipping",
                            TRAINER + "settings/LearningRate.java: all schedules in one method",
                            BookSchedule::main),
                    new Example(
                            "LearnToAdd",
                            "DIR [STEPS]",
                            "minGPT's adder: a tiny model learns to add",
                            FINETUNE + "task/SftTask.java: what is learned of rows",
                            LearnToAdd::main),
                    new Example(
                            "RewardSums",
                            "DIR [STEPS [SEED]]",
                            "a tiny model learns to add from rewards, by GRPO",
                            FINETUNE + "task/GrpoTask.java: answers, rewards, advantages",
                            RewardSums::main),
                    new Example(
                            "LabelTexts",
                            "MODEL_DIR ROWS DIR TEXT",
                            "trains a classifier of your texts in 25 lines, and asks it",
                            FINETUNE + "task/ClassifyTask.java: a task of the training loop",
                            LabelTexts::main),
                    new Example(
                            "EvaluateModel",
                            "MODEL_DIR",
                            "a task of your own: does a model know which verb agrees?",
                            EVALUATION + "Evaluator.java: how likely endings are, many at once",
                            EvaluateModel::main),
                    new Example(
                            "SentenceSimilarity",
                            "MODEL_DIR SENTENCE",
                            "which sentences mean the same, by a sentence encoder",
                            SAMPLER + "Embedder.java: how a vector is made of a text",
                            SentenceSimilarity::main),
                    new Example(
                            "Llama2c",
                            "CHECKPOINT VOCABULARY [TEXT]",
                            "a model from a foreign format, such as stories260K",
                            CORE + "model/family/Llama.java: the same in Hugging Face's files",
                            Llama2c::main),
                    new Example(
                            "ContinueTraining",
                            "MODEL_DIR FILE DIR [STEPS]",
                            "fine-tunes a published model on your text",
                            TRAINER + "loop/TextLoss.java: the loss over a whole text",
                            ContinueTraining::main));

    private Examples() {}

    /// @param args name of an example and its arguments; nothing lists them
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // numbers are the same everywhere
        if (System.out.charset().equals(StandardCharsets.US_ASCII)) {
            // A terminal is said to be ASCII in most containers, where it is none.
            var out = new FileOutputStream(FileDescriptor.out);
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        }
        System.exit(run(args));
    }

    /// @return the exit code: 2 where no example is meant, 1 where one failed
    static int run(String... args) {
        if (args.length == 0 || args[0].startsWith("-")) {
            list();
            return 0;
        }
        Example example =
                ALL.stream().filter(e -> e.name.equalsIgnoreCase(args[0])).findFirst().orElse(null);
        if (example == null) {
            System.err.printf("gpt: there is no example '%s'; ./gpt example lists them%n", args[0]);
            return 2;
        }
        String[] own = Arrays.copyOfRange(args, 1, args.length);
        if (List.of(own).contains("--help")) {
            System.out.printf("%s%n  %s%n", example.command(), example.idea);
            return 0;
        }
        try {
            String refusal = example.refusal(own);
            if (refusal != null) {
                System.err.printf("gpt: %s: %s%n", refusal, example.command());
                return 2;
            }
            example.program.run(own);
        } catch (Exception e) {
            System.err.println("gpt: " + sentence(e));
            return 1;
        }
        System.out.printf("%nRead next: %s%n", example.next);
        return 0;
    }

    private static String sentence(Exception e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + " does not exist";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            default -> e.getMessage() == null ? e.toString() : e.getMessage();
        };
    }

    private static void list() {
        System.out.println("Short programs, one idea each: ./gpt example NAME\n");
        ALL.forEach(e -> System.out.printf("  %-45s%s%n", e.name + " " + e.usage, e.idea));
        System.out.println("\nTheir sources: examples/src/main/java/io/tornadogpt/examples");
    }
}
