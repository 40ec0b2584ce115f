package io.tornadogpt.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.chat.BuiltInTemplates;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class ExamplesTest {
    @TempDir static Path folder;
    private static Path run;

    /// A run that has learned next to nothing, in place of the one that examples train.
    @BeforeAll
    static void train() throws IOException {
        run = folder.resolve("run");
        StoryModel.train(run, 3);
    }

    /// What a run printed, and how it ended.
    private record Printed(int exitCode, String out, String err) {
        static Printed by(String... args) {
            PrintStream out = System.out;
            PrintStream err = System.err;
            var newOut = new ByteArrayOutputStream();
            var newErr = new ByteArrayOutputStream();
            try {
                System.setOut(new PrintStream(newOut, true, StandardCharsets.UTF_8));
                System.setErr(new PrintStream(newErr, true, StandardCharsets.UTF_8));
                int exitCode = Examples.run(args);
                return new Printed(
                        exitCode,
                        newOut.toString(StandardCharsets.UTF_8),
                        newErr.toString(StandardCharsets.UTF_8));
            } finally {
                System.setOut(out);
                System.setErr(err);
            }
        }

        Printed requireSuccess() {
            assertEquals(0, exitCode, out + err);
            String last = out.strip().lines().toList().getLast();
            assertTrue(last.startsWith("Read next: "), last);
            String file = last.replaceFirst("Read next: ([\\w/.-]+\\.java).*", "$1");
            assertTrue(Files.exists(Path.of("..").resolve(file)), file);
            return this;
        }
    }

    @Test
    void everyExampleIsListed() throws IOException {
        String list = Printed.by().out;
        try (var sources = Files.list(Path.of("src/main/java/io/tornadogpt/examples"))) {
            for (Path source : sources.toList()) {
                String name = source.getFileName().toString().replace(".java", "");
                boolean runs = Files.readString(source).contains("void main(String[] args)");
                boolean listed = list.contains("  " + name + " ");
                assertEquals(runs && !name.equals("Examples"), listed, name);
            }
        }
    }

    @Test
    void whatCannotBeRunIsRefusedInASentence() {
        Printed unknown = Printed.by("TokenizerExplainer");
        assertEquals(2, unknown.exitCode);
        assertTrue(unknown.err.contains("'TokenizerExplainer'"), unknown.err);
        Printed help = Printed.by("NextToken", "--help");
        assertEquals(0, help.exitCode);
        assertTrue(help.out.startsWith("./gpt example NextToken MODEL_DIR TEXT"), help.out);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "TokenizerExplained a b | 'b' is one argument too many; leave it out, or put a"
                        + " text",
                "LearnXor 3 | '3' is one argument too many; leave it out: ./gpt example LearnXor",
                "TrainAndSample | TrainAndSample needs FILE too",
                "TrainAndSample good.txt | TrainAndSample needs STEPS too",
                "TrainAndSample none 2 unmade | FILE is '@/none', which does not exist; expected a"
                        + " file",
                "TrainAndSample full 2 unmade | FILE is '@/full', which is a folder; expected a"
                        + " file",
                "TrainAndSample empty.txt 2 unmade | FILE is '@/empty.txt', which is empty",
                "TrainAndSample bad.txt 2 unmade | FILE is '@/bad.txt', which is not UTF-8",
                "TrainAndSample _ 2 unmade | FILE is empty; expected a file with text in UTF-8",
                "TrainAndSample good.txt many unmade | STEPS is 'many'; expected a whole number"
                        + " from 1",
                "TrainAndSample good.txt 2 full | DIR is '@/full', which holds something already",
                "TrainAndSample good.txt 2 good.txt | DIR is '@/good.txt', which is a file",
                "TrainAndSample good.txt 2 good.txt/x | good.txt is a file",
                "TrainAndSample good.txt 2 _ | DIR is empty; expected a folder to write to",
                "TrainAndSample good.txt 2 unmade more | 'more' is one argument too many; leave it"
                        + " out",
                "OwnTrainingLoop many | STEPS is 'many'; expected a whole number from 1 to"
                        + " 2147483647",
                "OwnTrainingLoop 0 | STEPS is '0'",
                "OwnTrainingLoop _ | STEPS is empty",
                "OwnTrainingLoop 2147483648 | STEPS is '2147483648'",
                "CustomSamplingStep _ | LETTER is empty; expected one letter, such as e",
                "CustomSamplingStep abc | LETTER is 'abc'; expected one letter",
                "CustomSamplingStep i none | RUN is '@/none', which does not exist",
                "CustomSamplingStep i good.txt | RUN is '@/good.txt', which is a file",
                "CustomSamplingStep i full | RUN is '@/full', which holds no model",
                "CustomSamplingStep i _ | RUN is empty; expected a folder that ./gpt train wrote",
                "AttentionPicture _ | TEXT is empty",
                "AttentionPicture abc run full | PICTURE is '@/full', which is a folder",
                "AttentionPicture abc run good.txt | PICTURE is '@/good.txt'; expected a file to"
                        + " write",
                "AttentionPicture abc run good.txt/x.svg | good.txt is a file",
                "NextToken | NextToken needs MODEL_DIR too",
                "NextToken run/best | NextToken needs TEXT too",
                "NextToken run/best _ | TEXT is empty",
                "NextToken run/best two words | 'words' is one argument too many",
                "NextToken none abc | MODEL_DIR is '@/none', which does not exist",
                "NextToken full abc | MODEL_DIR is '@/full', which has no config.json",
                "NextToken run abc | which is a run, and its model is in @/run/best",
                "ContinueTraining run/best | ContinueTraining needs FILE too",
                "ContinueTraining run good.txt unmade | which is a run, and its model is in"
                        + " @/run/best",
                "ContinueTraining run/best none unmade | FILE is '@/none', which does not exist",
                "ContinueTraining run/best good.txt full | DIR is '@/full', which holds something",
                "ContinueTraining run/best good.txt unmade x | STEPS is 'x'",
                "BookPretraining good.txt unmade 1 100 | CHANNELS is '100'; expected a multiple of"
                        + " 64",
                "BookPretraining good.txt unmade 1 0 | CHANNELS is '0'",
                "BookInstructions run/best good.txt unmade 1 fast | RATE is 'fast'; expected a"
                        + " learning rate above 0",
                "BookPreferences run/best good.txt unmade 1 0 | RATE is '0'",
                "RewardSums unmade 5 -1 | SEED is '-1'"
            })
    void badArgumentIsNamedBeforeAnythingIsDone(String words, String expected) throws IOException {
        Files.createDirectories(folder.resolve("full/inside"));
        Files.writeString(folder.resolve("good.txt"), "good");
        Files.writeString(folder.resolve("empty.txt"), "");
        Files.write(folder.resolve("bad.txt"), new byte[] {(byte) 0xff});
        Printed result =
                Printed.by(
                        Stream.of(words.split(" "))
                                .map(word -> word.equals("_") ? "" : inFolder(word))
                                .toArray(String[]::new));
        assertEquals(2, result.exitCode, result.out + result.err);
        assertEquals("", result.out);
        assertEquals(1, result.err.lines().count(), result.err);
        assertTrue(result.err.contains(expected.replace("@", folder.toString())), result.err);
        assertTrue(result.err.contains(": ./gpt example " + words.split(" ")[0]), result.err);
        assertFalse(Files.exists(folder.resolve("unmade")));
    }

    /// A word of a command line, where it is a file of the test as a path.
    private static String inFolder(String word) {
        return word.matches("none|unmade|full|run.*|good.*|.*\\.txt")
                ? folder.resolve(word).toString()
                : word;
    }

    @Test
    void oneStepIsMeasuredToo() {
        String out = Printed.by("OwnTrainingLoop", "1").requireSuccess().out;
        assertTrue(validation(out, "step   1") > 0, out);
        assertFalse(out.contains("Infinity"), out);
    }

    @Test
    void interruptedTrainingOfTheStoriesIsDoneAnew() throws IOException {
        Path half = folder.resolve("half");
        Files.createDirectories(half.resolve("checkpoints"));
        Files.writeString(half.resolve("settings.json"), "{}");
        StoryModel.train(half, 1);
        assertEquals(512, StoryModel.open(half).tokenizer().vocabularySize());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Anna's brown dog found 2 kites near the café.",
                "",
                "  blanks \n\t and  lines \n",
                "they'll say: 42% of 👩‍🚀 über-großen Füchse!?"
            })
    void tokenizerByHandAgreesWithTheLibrary(String text) {
        String out = Printed.by("TokenizerExplained", text).requireSuccess().out;
        assertTrue(
                out.contains("5. Back: the bytes of all tokens, read as UTF-8:\n  " + text), out);
    }

    @Test
    void smallProgramLearnsExclusiveOr() {
        String out = Printed.by("LearnXor").requireSuccess().out;
        for (String line : List.of("0 xor 0 = 0", "0 xor 1 = 1", "1 xor 0 = 1", "1 xor 1 = 0")) {
            assertTrue(out.contains(line), out);
        }
    }

    @Test
    void readmesProgramRuns() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "The cat sat on it. ".repeat(90));
        Printed.by("TrainAndSample", text.toString(), "2", folder.resolve("new").toString())
                .requireSuccess();
    }

    @Test
    void textsAreLabeledInTwentyFiveLines() throws IOException {
        String table = "text,label\n" + "The cat sat.,cat\nThe dog ran.,dog\n".repeat(20);
        Path rows = Files.writeString(folder.resolve("rows.csv"), table);
        Path model = run.resolve("best");
        Path out = folder.resolve("labels");
        String text = "The dog ran.";
        String printed =
                Printed.by("LabelTexts", model.toString(), rows.toString(), out.toString(), text)
                        .requireSuccess()
                        .out;
        assertTrue(printed.contains("Prediction[label="), printed);
    }

    /// A file beside the project that tests may use; null, and a line that says so, where it is
    /// not.
    private static @Nullable Path data(String name) {
        String folder =
                Objects.requireNonNullElse(System.getenv("GPT_TEST_DATA"), "../../shared/data");
        Path file = Path.of(folder).resolve(name);
        if (Files.exists(file)) {
            return file;
        }
        System.out.println("skipped: " + file + " is not there; set GPT_TEST_DATA");
        return null;
    }

    @Test
    void tokensOfTheStoryAreThoseOfTheBook() {
        Path story = data("the-verdict.txt");
        if (story != null) {
            String out = Printed.by("BookTokens", story.toString()).requireSuccess().out;
            assertTrue(out.contains("tokens         5,145   book: 5,145"), out);
            assertTrue(out.contains("first batch  [40, 367, 2885, 1464]"), out);
            assertTrue(out.contains("to predict   [367, 2885, 1464, 1807]"), out);
        }
    }

    @Test
    void attentionHasTheValuesOfTheBook() {
        List<String> lines = Printed.by("BookAttention").requireSuccess().out.lines().toList();
        for (int i = 0; i < 4; i++) {
            String ours = lines.get(2 * i).replaceAll("^[^0-9]+", "").strip();
            assertEquals(lines.get(2 * i + 1).replaceAll("^[^0-9]+", "").strip(), ours);
        }
    }

    @Test
    void modelsAndAdaptersHaveTheSizesOfTheBook() {
        String out = Printed.by("BookSizes").requireSuccess().out;
        for (String size : List.of("163,009,536", "124,412,160", "2,666,528", "2,359,296")) {
            assertEquals(3, out.split(size, -1).length, size + " twice in " + out);
        }
    }

    @Test
    void spamIsTold() throws IOException {
        String table = "ham\tthe cat sat\nspam\twin \"a prize\" now\n".repeat(15) + "ham\tso\n";
        Path file = Files.writeString(folder.resolve("sms.tsv"), table);
        Path out = folder.resolve("spam");
        String printed =
                Printed.by(
                                "BookSpam",
                                run.resolve("best").toString(),
                                file.toString(),
                                out.toString(),
                                "1")
                        .requireSuccess()
                        .out;
        assertTrue(printed.contains("16 messages are ham and 15 spam; 15 of each"), printed);
        assertTrue(printed.contains("here  "), printed);
    }

    /// A model of one layer, for one pass over the story. It takes ten seconds, for GPT-2's
    /// tokenizer has 50,257 tokens.
    @EnabledIfSystemProperty(named = "gpt.test.minutes", matches = ".+")
    @ParameterizedTest
    @ValueSource(strings = {"BookPretraining", "BookSchedule"})
    void storyIsLearned(String example) {
        Path story = data("the-verdict.txt");
        if (story != null) {
            String dir = folder.resolve(example).toString();
            String out = Printed.by(example, story.toString(), dir, "1", "64").requireSuccess().out;
            assertTrue(out.contains("tokens             5,145   book: 5,145"), out);
            assertTrue(out.contains("step   5  training "), out);
            assertTrue(out.contains("unseen, last "), out);
        }
    }

    /// An instruction is a long text to a tokenizer of few tokens, so the model has room for one.
    private static String ofRows(String example, String row) throws IOException {
        String text = BuiltInTemplates.alpaca().source() + " the cat sat ran";
        var tokenizer = new BpeTrainer(512, 1, List.of(Tokenizer.END_OF_TEXT)).train(text);
        var config = new GptConfig(1, 2, 16, 192, tokenizer.vocabularySize(), true, 0);
        Path directory = folder.resolve(example + "-model");
        StoryModel.unlearned(directory, config, tokenizer, 1);
        String model = directory.toString();
        Path rows = Files.writeString(folder.resolve(example + ".jsonl"), row.repeat(20));
        String dir = folder.resolve(example).toString();
        String out =
                Printed.by(example, model, rows.toString(), dir, "1", "1e-3").requireSuccess().out;
        assertTrue(out.contains("20 rows: 17 to train on, 2 to test, 1 to validate"), out);
        assertTrue(out.contains("  wanted   sat"), out);
        return out;
    }

    @Test
    void instructionsAreAnswered() throws IOException {
        String row = "{\"instruction\": \"the cat\", \"input\": \"\", \"output\": \"sat\"}\n";
        String out = ofRows("BookInstructions", row);
        assertTrue(out.contains("unseen, lowest "), out);
    }

    @Test
    void preferencesAreLearned() throws IOException {
        String row = "{\"instruction\": \"the cat\", \"chosen\": \"sat\", \"rejected\": \"ran\"}\n";
        String out = ofRows("BookPreferences", row);
        assertTrue(out.contains("margin of rewards "), out);
    }

    @Test
    void answersAreRewarded() {
        String dir = folder.resolve("rewards").toString();
        String out = Printed.by("RewardSums", dir, "1").requireSuccess().out;
        assertTrue(out.contains("101,312 parameters, seed 1"), out);
        assertTrue(out.contains("after it was rewarded"), out);
    }

    /// It asks 2,000 sums, which takes seconds.
    @Test
    @EnabledIfSystemProperty(named = "gpt.test.minutes", matches = ".+")
    void sumsAreAsked() {
        String dir = folder.resolve("sums").toString();
        String out = Printed.by("LearnToAdd", dir, "1").requireSuccess().out;
        assertTrue(out.contains("sums it has not"), out);
    }

    @Test
    void partOfATextThatStandsInTheStoryIsFound() {
        assertEquals(
                "the cat sat", BookStory.byHeart("On it the cat sat down.", "So the cat sat!"));
        assertEquals("", BookStory.byHeart("abc", "xyz"));
    }

    @Test
    void ownLoopBringsTheLossDown() {
        String out = Printed.by("OwnTrainingLoop", "50").requireSuccess().out;
        double first = validation(out, "step  25");
        double second = validation(out, "step  50");
        assertTrue(first < Math.log(512), out);
        assertTrue(second < first, out);
    }

    private static double validation(String out, String step) {
        String line = out.lines().filter(l -> l.startsWith(step)).findFirst().orElseThrow();
        return Double.parseDouble(line.replaceFirst(".*validation ([0-9.]+).*", "$1"));
    }

    @Test
    void forbiddenLetterIsNotWritten() {
        String out = Printed.by("CustomSamplingStep", "e", run.toString()).requireSuccess().out;
        String usual = out.substring(out.indexOf("chain:") + 6, out.indexOf("The same,"));
        String without = out.substring(out.indexOf("'e':") + 4, out.indexOf("Read next"));
        assertTrue(usual.contains("e"), usual);
        assertFalse(without.toLowerCase(Locale.ROOT).contains("e"), without);
    }

    @Test
    void textsOfTokensAreNoMarkupInThePicture() throws IOException {
        Path file = folder.resolve("pictures/attention.svg");
        Printed.by("AttentionPicture", "<b>&\"]]> Ida", run.toString(), file.toString())
                .requireSuccess();
        String svg = Files.readString(file);
        assertTrue(svg.startsWith("<svg ") && svg.endsWith("</svg>\n"), svg);
        assertFalse(svg.contains("<b") || svg.contains("]>"), svg);
        assertFalse(Pattern.compile("&(?!(amp|lt|gt);)").matcher(svg).find(), svg);
    }

    /// The model's attention is the values of all tokens, each as often as its weight says: with
    /// the weights of the example that must be what the model itself computed.
    @Test
    void weightsAreThoseThatTheModelComputesWith() throws IOException {
        StoryModel story = StoryModel.open(run);
        int[] ids = story.tokenizer().encode("Ida lived near the hill with a white pony.");
        List<AttentionPicture.Head> heads = AttentionPicture.look(story, ids);

        var model = new Model(story.directory().config());
        LogitsProgram reading = model.logits("reading", 1, ids.length);
        Attention attention = AttentionPicture.attention(reading.program());
        TensorSpec qkv = attention.queries().tensor().spec().as("kept.qkv", Role.OUTPUT);
        TensorSpec out = attention.out().spec().as("kept.out", Role.OUTPUT);
        Program program =
                AttentionPicture.replaced(
                        AttentionPicture.replaced(
                                reading.program(), attention.queries().tensor().spec(), qkv),
                        attention.out().spec(),
                        out);
        try (var session = Backends.named("cpu").open(List.of(program))) {
            story.directory().load(model, session);
            session.write(reading.tokens(), ids);
            session.write(reading.positions(), IntStream.range(0, ids.length).toArray());
            session.run(program.name());
            for (AttentionPicture.Head head : heads) {
                float[] made = session.readFloats(out, head.layer());
                float[] values = session.readFloats(qkv, head.layer());
                assertComputes(head, values, made, attention.heads().width());
            }
        }
        assertEquals(2 * 4, heads.size());
    }

    private static void assertComputes(
            AttentionPicture.Head head, float[] qkv, float[] made, int channels) {
        int size = channels / 4;
        for (int i = 0; i < head.weights().length; i++) {
            double[] row = head.weights()[i];
            assertEquals(1, IntStream.range(0, row.length).mapToDouble(j -> row[j]).sum(), 1e-9);
            for (int d = head.head() * size; d < (head.head() + 1) * size; d++) {
                double sum = 0;
                for (int j = 0; j < row.length; j++) {
                    sum += row[j] * qkv[3 * channels * j + 2 * channels + d];
                }
                assertEquals(sum, made[channels * i + d], 1e-5);
            }
        }
    }
}
