package io.tornadogpt.chat;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/// A conversation that goes on: it keeps what was said, and gives the model as much of it as fits
/// its context, by leaving out the oldest turns, a question together with its answer.
///
/// ```java
/// var dialogue = new Dialogue("Answer in one word.");
/// Dialogue.Asked asked = dialogue.ask("Is water wet?", tokens::count, 768);
/// dialogue.answer("Yes.");
/// ```
///
/// Used by one thread at a time.
public final class Dialogue {
    private final List<Message> opening;
    private final List<Message> turns = new ArrayList<>();
    private int first;
    private @Nullable Message question;

    /// @param system what the model is told to be; null for nothing
    public Dialogue(@Nullable String system) {
        opening = system == null ? List.of() : List.of(Message.system(system));
    }

    /// A question as the model reads it.
    ///
    /// @param conversation that ends with the question
    /// @param leftOut turns, questions with their answers, that the model reads no more since the
    ///   question before
    public record Asked(Conversation conversation, int leftOut) {}

    /// Asks a question. It becomes a part of the conversation with its [#answer].
    ///
    /// @param length tokens that a conversation takes, with all that precedes the answer
    /// @param most tokens that it may take
    /// @throws IllegalArgumentException if the question alone, behind what the model is told to be,
    ///   takes more; nothing has changed then
    public Asked ask(String text, ToIntFunction<Conversation> length, int most) {
        Message asked = Message.user(text);
        int from = first;
        int leftOut = 0;
        while (true) {
            Conversation conversation = conversation(from, asked);
            int tokens = length.applyAsInt(conversation);
            if (tokens <= most) {
                first = from;
                question = asked;
                return new Asked(conversation, leftOut);
            }
            if (from == turns.size()) {
                throw new IllegalArgumentException(
                        "the question takes %d tokens with all that belongs to it, but the context leaves %d for it; shorten it"
                                .formatted(tokens, most));
            }
            from += 2;
            leftOut++;
        }
    }

    private Conversation conversation(int from, Message asked) {
        var messages = new ArrayList<>(opening);
        messages.addAll(turns.subList(from, turns.size()));
        messages.add(asked);
        return new Conversation(messages, null);
    }

    /// What the model said to the last question.
    ///
    /// @throws IllegalStateException if none was asked
    public void answer(String text) {
        Message asked = question;
        if (asked == null) {
            throw new IllegalStateException("there is an answer, but no question was asked");
        }
        turns.add(asked);
        turns.add(Message.assistant(text));
        question = null;
    }

    /// Forgets all turns; what the model is told to be stays.
    public void reset() {
        turns.clear();
        first = 0;
        question = null;
    }

    /// Questions that were answered, also those that the model reads no more.
    public int length() {
        return turns.size() / 2;
    }

    /// All that was said, also what the model reads no more.
    public List<Message> messages() {
        var all = new ArrayList<>(opening);
        all.addAll(turns);
        return List.copyOf(all);
    }
}
