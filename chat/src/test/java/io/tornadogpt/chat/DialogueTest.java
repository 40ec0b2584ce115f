package io.tornadogpt.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class DialogueTest {
    /// Each character is a token.
    private static int length(Conversation conversation) {
        return conversation.messages().stream()
                .mapToInt(message -> message.content().textValue().length())
                .sum();
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream().map(m -> m.content().textValue()).toList();
    }

    private static List<String> asked(Dialogue dialogue, String question, int most) {
        return texts(dialogue.ask(question, DialogueTest::length, most).conversation().messages());
    }

    @Test
    void modelReadsAllThatFits() {
        var dialogue = new Dialogue("sys");
        assertEquals(List.of("sys", "aa"), asked(dialogue, "aa", 100));
        dialogue.answer("bb");
        assertEquals(List.of("sys", "aa", "bb", "cc"), asked(dialogue, "cc", 9));
    }

    @Test
    void oldestTurnsAreLeftOutWholeAndOnce() {
        var dialogue = new Dialogue("sys");
        for (String turn : List.of("aa", "cc", "ee")) {
            dialogue.ask(turn, DialogueTest::length, 100);
            dialogue.answer(turn.replace(turn.charAt(0), (char) (turn.charAt(0) + 1)));
        }
        // Of 3 + 12 + 2 tokens 12 fit: one whole turn less is 13, two are 9.
        Dialogue.Asked next = dialogue.ask("gg", DialogueTest::length, 12);
        assertEquals(2, next.leftOut());
        assertEquals(List.of("sys", "ee", "ff", "gg"), texts(next.conversation().messages()));
        dialogue.answer("hh");
        assertEquals(0, dialogue.ask("i", DialogueTest::length, 12).leftOut());
        assertEquals(9, dialogue.messages().size());
        assertEquals(4, dialogue.length());
    }

    @Test
    void questionThatCannotFitChangesNothing() {
        var dialogue = new Dialogue(null);
        dialogue.ask("aa", DialogueTest::length, 10);
        dialogue.answer("bb");
        var refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> dialogue.ask("c".repeat(11), DialogueTest::length, 10));
        assertTrue(refusal.getMessage().contains("takes 11 tokens"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("leaves 10"), refusal.getMessage());
        assertEquals(List.of("aa", "bb", "d"), asked(dialogue, "d", 10));
    }

    @Test
    void questionWithoutAnswerIsForgotten() {
        var dialogue = new Dialogue(null);
        dialogue.ask("lost", DialogueTest::length, 10);
        assertEquals(List.of("kept"), asked(dialogue, "kept", 10));
        dialogue.answer("yes");
        assertThrows(IllegalStateException.class, () -> dialogue.answer("twice"));
        assertEquals(List.of("kept", "yes"), texts(dialogue.messages()));
    }

    @Test
    void resetKeepsWhatTheModelIsToldToBe() {
        var dialogue = new Dialogue("sys");
        dialogue.ask("aa", DialogueTest::length, 10);
        dialogue.answer("bb");
        dialogue.reset();
        assertEquals(List.of("sys", "cc"), asked(dialogue, "cc", 10));
        assertEquals(0, dialogue.length());
    }
}
