package io.tornadogpt.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Files as they are published become the items that the harness makes of them.
class TasksTest {
    @TempDir private Path data;

    private List<? extends Item> items(String name, TaskOptions options) throws IOException {
        return Tasks.named(name, data).items(options);
    }

    private void file(String name, String text) throws IOException {
        Path file = data.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void hellaSwagIsReadAsItsAuthorsPublishIt() throws IOException {
        file(
                "hellaswag_val.jsonl",
                """
                {"activity_label": "Roofing", "ctx_a": "A man sits [step] on  it.", "ctx_b": "he WALKS", "endings": ["a.", " b [title] c", "d", "e"], "label": 2}
                """);
        assertEquals(
                List.of(
                        new Item.Choice(
                                "Roofing: A man sits on it. He walks",
                                " ",
                                List.of("a.", "b. c", "d", "e"),
                                2)),
                items("hellaswag", TaskOptions.DEFAULT));
    }

    @ParameterizedTest
    @CsvSource({"arc_easy, Easy", "arc_challenge, Challenge"})
    void arcIsReadInBothForms(String name, String level) throws IOException {
        file(
                "ARC-%s-Test.jsonl".formatted(level),
                """
                {"id": "1", "question": {"stem": "What is wet?", "choices": [{"text": "sand", "label": "A"}, {"text": "rain", "label": "B"}]}, "answerKey": "B"}
                {"id": "2", "question": "What is dry?", "choices": {"text": ["sand", "rain", "sea"], "label": ["1", "2", "3"]}, "answerKey": "1"}
                """);
        file(
                "ARC-%s-Train.jsonl".formatted(level),
                """
                {"id": "3", "question": "What is hot?", "choices": {"text": ["ice", "fire"], "label": ["A", "B"]}, "answerKey": "B"}
                """);
        String shot = "Question: What is hot?\nAnswer: fire\n\n";
        assertEquals(
                List.of(
                        new Item.Choice(
                                shot + "Question: What is wet?\nAnswer:",
                                " ",
                                List.of("sand", "rain"),
                                1),
                        new Item.Choice(
                                shot + "Question: What is dry?\nAnswer:",
                                " ",
                                List.of("sand", "rain", "sea"),
                                0)),
                items(name, TaskOptions.DEFAULT.withShots(1)));
    }

    @Test
    void mmluAsksForALetterBehindTheFirstExamples() throws IOException {
        file("mmlu/test/high_school_art_test.csv", "\"Who, \"\"he\"\"?\",w,x,\"y, z\",v,C\n");
        file("mmlu/dev/high_school_art_dev.csv", "One?,a,b,c,d,B\nTwo?,a,b,c,d,A\n");
        Item.Choice item =
                (Item.Choice)
                        items("mmlu_high_school_art", TaskOptions.DEFAULT.withShots(1)).getFirst();
        assertEquals(
                """
                The following are multiple choice questions (with answers) about high school art.

                One?
                A. a
                B. b
                C. c
                D. d
                Answer: B

                Who, "he"?
                A. w
                B. x
                C. y, z
                D. v
                Answer:\
                """,
                item.context());
        assertEquals(List.of("A", "B", "C", "D"), item.endings());
        assertEquals(2, item.gold());
        assertEquals(1, Tasks.all("mmlu", data).size());
    }

    @Test
    void answersOfGsm8kAreGradedByTheirNumbers() throws IOException {
        file(
                "gsm8k-test.jsonl",
                "{\"question\": \"How many?\", \"answer\": \"So 1,200.\\n#### 1,200\"}\n");
        var item = (Item.Question) items("gsm8k", TaskOptions.DEFAULT.withShots(0)).getFirst();
        assertEquals("Question: How many?\nAnswer:", item.prompt());
        Grader strict = item.how().graders().get(0);
        Grader flexible = item.how().graders().get(1);
        assertTrue(strict.isRight(" It is #### 1200\n", item.answer()));
        assertFalse(strict.isRight(" It is 1200", item.answer()));
        assertTrue(flexible.isRight(" First 5, then $1,200.", item.answer()));
        assertFalse(flexible.isRight(" 1200, then 5", item.answer()));
        assertFalse(flexible.isRight("none", item.answer()));
    }

    @Test
    void theLastWordOfLambadaIsAskedFor() throws IOException {
        file("lambada_test.jsonl", "{\"text\": \"he said\\nto his  dog\"}\n");
        assertEquals(
                List.of(new Item.Continuation("he said\nto his ", " dog")),
                items("lambada_openai", TaskOptions.DEFAULT));
    }

    @Test
    void articlesAreCountedAsTheyStandAndReadAsText() throws IOException {
        file(
                "wikitext2-test.txt",
                String.join(
                        " \n",
                        "",
                        " = A ( b ) =",
                        "",
                        " Five @-@ ton , the cat 's .",
                        "",
                        " = = Part = =",
                        "",
                        " Two .",
                        " = C =",
                        "",
                        " x",
                        ""));
        List<? extends Item> items = items("wikitext", TaskOptions.DEFAULT);
        assertEquals(2, items.size());
        var first = (Item.Document) items.getFirst();
        assertEquals(" = A (b) =\n\nFive-ton, the cat's.\n\n== Part ==\n\nTwo.\n", first.text());
        assertEquals(23, first.words());
        assertEquals(73, first.bytes());
    }

    @Test
    void whatIsNoLineOfItsFileIsNamedByItsNumber() throws IOException {
        file("sst2-dev.tsv", "good film\t1\nbad film 0\n");
        var e =
                assertThrows(
                        EvaluationFileException.class, () -> items("sst2", TaskOptions.DEFAULT));
        assertEquals(
                data.resolve("sst2-dev.tsv")
                        + ": line 2 is no sentence, tab and 0 or 1; correct it, or fetch the file"
                        + " again",
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "hellaswag, hellaswag_val.jsonl",
        "lambada_openai, lambada_test.jsonl",
        "blimp, BLiMP.zip",
        "blimp_causative, BLiMP.zip",
        "gsm8k, gsm8k-test.jsonl",
        "sst2, sst2-dev.tsv",
        "stsb, sts-test.csv",
        "wikitext, wikitext2-test.txt",
        "arc_easy, ARC-Easy-Test.jsonl",
        "mmlu, mmlu/test/SUBJECT_test.csv",
        "mmlu_anatomy, mmlu/test/anatomy_test.csv"
    })
    void anEmptyFolderIsOneSentenceThatNamesTheFile(String task, String file) {
        var e =
                assertThrows(
                        EvaluationFileException.class,
                        () -> {
                            for (Task each : Tasks.all(task, data)) {
                                each.items(TaskOptions.DEFAULT);
                            }
                        });
        assertTrue(e.getMessage().startsWith(data + ": the data folder has no " + file));
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void anUnknownTaskIsNamedBesideThoseThereAre() {
        var e = assertThrows(IllegalArgumentException.class, () -> Tasks.named("helaswag", data));
        assertTrue(e.getMessage().startsWith("no task is called 'helaswag'; there are arc_"));
        assertThrows(IllegalArgumentException.class, () -> Tasks.named("blimp_../x", data));
    }

    @Test
    void examplesNeverHoldTheQuestionItself() throws IOException {
        var lines = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            lines.append("{\"text\": \"number %d is odd\"}\n".formatted(i));
        }
        file("lambada_test.jsonl", lines.toString());
        List<? extends Item> items = items("lambada_openai", TaskOptions.DEFAULT.withShots(3));
        for (int i = 0; i < 30; i++) {
            String context = ((Item.Continuation) items.get(i)).context();
            assertEquals(4, context.split("number ", -1).length - 1);
            assertEquals(2, context.split("number %d is".formatted(i), -1).length, context);
        }
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> items("lambada_openai", TaskOptions.DEFAULT.withShots(30)));
        assertTrue(e.getMessage().contains("29 examples to choose from, but 30 are asked for"));
    }
}
