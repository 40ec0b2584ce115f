package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Dialogue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A chat with a partner who repeats what he was asked, word by word.
class ChatTest {
    @TempDir Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Echo echo = new Echo();
    private final Chat chat =
            new Chat(
                    new Screen(new PrintWriter(out), new PrintWriter(err), false),
                    echo,
                    new Dialogue("sys"));

    private static final class Echo implements Chat.Partner {
        private final List<List<String>> heard = new ArrayList<>();
        private final List<Integer> turns = new ArrayList<>();
        private int room = 1000;
        private Runnable afterFirstWord = () -> {};
        private boolean complete = true;

        @Override
        public int length(Conversation conversation) {
            return texts(conversation).stream().mapToInt(String::length).sum();
        }

        @Override
        public int room() {
            return room;
        }

        @Override
        public Chat.Answer answer(
                Conversation conversation,
                int turn,
                BooleanSupplier stopped,
                Consumer<String> words) {
            heard.add(texts(conversation));
            turns.add(turn);
            var said = new StringBuilder();
            for (String word : texts(conversation).getLast().split("(?<= )")) {
                words.accept(word);
                said.append(word);
                afterFirstWord.run();
                if (stopped.getAsBoolean()) {
                    break;
                }
            }
            return new Chat.Answer(said.toString(), complete);
        }

        private static List<String> texts(Conversation conversation) {
            return conversation.messages().stream().map(m -> m.content().textValue()).toList();
        }
    }

    @Test
    void turnsAreRememberedAndNumbered() {
        assertTrue(chat.accept("a b"));
        assertTrue(chat.accept("  "));
        assertTrue(chat.accept(" c "));
        assertEquals(List.of("sys", "a b", "a b", "c"), echo.heard.getLast());
        assertEquals(List.of(0, 1), echo.turns);
        assertEquals("a b\nc\n", out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void stoppedAnswerEndsTheAnswerAlone() {
        echo.afterFirstWord = () -> assertTrue(chat.interrupt());
        assertTrue(chat.accept("one two three"));
        assertEquals("one \n", out.toString());
        assertTrue(err.toString().contains("stopped"), err.toString());
        echo.afterFirstWord = () -> {};
        assertFalse(chat.interrupt(), "nothing is being answered");
        assertTrue(chat.accept("more words"));
        assertEquals(List.of("sys", "one two three", "one ", "more words"), echo.heard.getLast());
        assertTrue(out.toString().endsWith("more words\n"), out.toString());
    }

    @Test
    void noticeSaysWhatTheModelSeesNoMore() {
        echo.room = 11;
        chat.accept("aaa");
        chat.accept("bb");
        assertEquals(List.of("sys", "aaa", "aaa", "bb"), echo.heard.getLast());
        assertEquals("", err.toString());
        chat.accept("cc");
        assertEquals(List.of("sys", "bb", "bb", "cc"), echo.heard.getLast());
        assertTrue(err.toString().contains("the oldest turn of it"), err.toString());
        chat.accept("d".repeat(20));
        assertTrue(err.toString().contains("takes 23 tokens"), err.toString());
        assertEquals(3, echo.heard.size());
        assertTrue(chat.accept("e"));
    }

    @Test
    void answerThatIsCutOffSaysSo() {
        echo.complete = false;
        chat.accept("a");
        assertTrue(err.toString().contains("cut off"), err.toString());
    }

    @Test
    void resetForgets() {
        chat.accept("a");
        assertTrue(chat.accept("/reset"));
        chat.accept("b");
        assertEquals(List.of("sys", "b"), echo.heard.getLast());
    }

    @Test
    void savedConversationsAreRowsOfOneFile() throws IOException {
        Path file = folder.resolve("said.jsonl");
        assertTrue(chat.accept("/save " + file));
        assertFalse(Files.exists(file), "nothing was said yet");
        chat.accept("a");
        chat.accept("/save " + file);
        chat.accept("b");
        chat.accept("/save " + file);
        List<String> lines = Files.readAllLines(file);
        assertEquals(2, lines.size());
        JsonNode messages = new ObjectMapper().readTree(lines.get(1)).get("messages");
        assertEquals(5, messages.size());
        assertEquals("system", messages.get(0).get("role").textValue());
        assertEquals("assistant", messages.get(4).get("role").textValue());
        assertEquals("b", messages.get(4).get("content").textValue());
        assertTrue(chat.accept("/save said.txt"));
        assertTrue(err.toString().contains("'said.txt' does not end in .jsonl"), err.toString());
        assertTrue(chat.accept("/save " + folder.resolve("none/said.jsonl")));
        assertTrue(err.toString().contains("was not saved"), err.toString());
    }

    @Test
    void unknownCommandsAreNotSaid() {
        assertTrue(chat.accept("/rest"));
        assertTrue(err.toString().contains("there is no command /rest"), err.toString());
        assertTrue(chat.accept("/help"));
        assertTrue(out.toString().contains("/save"), out.toString());
        assertEquals(List.of(), echo.heard);
        assertFalse(chat.accept("/exit"));
    }
}
