package io.tornadogpt.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

/// Tasks of a user's own.
class TaskFileTest {
    @TempDir private Path folder;

    private Task task(String json) throws IOException {
        return Tasks.read(Files.writeString(folder.resolve("task.json"), json));
    }

    @Test
    void aTaskIsAFewLinesOfJson() throws IOException {
        Task capitals =
                task(
                        """
                        {"name": "capitals", "kind": "choice",
                         "context": "Question: What is the capital of {country}?\\nAnswer:",
                         "items": [
                           {"country": "France", "endings": ["Paris", "Rome"], "answer": 0},
                           {"country": "Italy", "endings": ["Paris", "Rome"], "answer": 1}]}
                        """);
        assertEquals("capitals", capitals.name());
        assertEquals(
                new Item.Choice(
                        "Question: What is the capital of Italy?\nAnswer:",
                        " ",
                        List.of("Paris", "Rome"),
                        1),
                capitals.items(TaskOptions.DEFAULT).get(1));
        var shot = (Item.Choice) capitals.items(TaskOptions.DEFAULT.withShots(1)).getFirst();
        assertEquals(
                """
                Question: What is the capital of Italy?
                Answer: Rome

                Question: What is the capital of France?
                Answer:\
                """,
                shot.context());
    }

    @Test
    void itemsMayStandInAFileBesideIt() throws IOException {
        Files.writeString(
                folder.resolve("pairs.jsonl"),
                """
                {"good": "He is.", "bad": "He are."}

                {"good": "We are.", "bad": "We is."}
                """);
        Task pairs = task("{\"name\": \"p\", \"kind\": \"pair\", \"file\": \"pairs.jsonl\"}");
        assertEquals(
                List.of(
                        new Item.Choice("", " ", List.of("He is.", "He are."), 0),
                        new Item.Choice("", " ", List.of("We are.", "We is."), 0)),
                pairs.items(TaskOptions.DEFAULT));
    }

    @Test
    void answersAreExtractedAndCompared() throws IOException {
        Task sums =
                task(
                        """
                        {"name": "sums", "kind": "answer", "context": "{sum} =", "extract": "(\\\\d+)",
                         "until": ["\\n"], "maxNewTokens": 5, "items": [{"sum": "2 + 2", "answer": "4"}]}
                        """);
        var item = (Item.Question) sums.items(TaskOptions.DEFAULT).getFirst();
        assertEquals("2 + 2 =", item.prompt());
        assertTrue(item.how().graders().getFirst().isRight(" 4 apples", "4"));
    }

    /// The part of the message behind the file's name.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"name": "x", "kind": "choice", "itms": []} | the task is not as expected (Unrecognized field "itms"
                    {"name": "x", "kind": "choices", "items": []} | kind is 'choices'; expected one of choice, pair,
                    {"name": "x", "kind": "text"} | items and file: expected one of the two; correct it
                    {"name": "x", "kind": "text", "items": []} | items are none; correct it
                    {"name": "x y", "kind": "text", "items": []} | name is not of letters, digits
                    {"name": "x", "kind": "text", "items": [{"txt": "a"}]} | item 1 has no text 'text'; correct it
                    {"name": "x", "kind": "choice", "items": [{"endings": ["a", "b"], "answer": 2}]} | item 1 cannot be asked: the right ending is number 2 of 2
                    {"name": "x", "kind": "choice", "items": [{"endings": ["a", "b"], "answer": "a"}]} | item 1 has no whole number 'answer'
                    {"name": "x", "kind": "answer", "extract": "(", "items": [{"context": "a", "answer": "a"}]} | extract is no regular expression
                    {"name": "x", "name": "y"} | the task is not as expected (Duplicate field 'name')
                    [1] | the task is not as expected
                    """)
    void aMistakeIsOneSentenceThatNamesIt(String json, String message) {
        var e = assertThrows(EvaluationFileException.class, () -> task(json));
        String problem = e.getMessage().substring(e.file().toString().length() + 2);
        assertTrue(problem.startsWith(message), problem);
        assertEquals(1, problem.lines().count());
    }
}
