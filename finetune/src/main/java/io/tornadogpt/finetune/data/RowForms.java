package io.tornadogpt.finetune.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Message;
import io.tornadogpt.trainer.data.DataFileException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// The forms that rows of instructions and preferences have: which fields say what.
///
/// - `messages`: turns with `role` and `content`; every answer of the assistant is learned
/// - `prompt` and `completion`: two texts, or two lists of turns
/// - `instruction`, perhaps `input`, and `output`: Alpaca's form
/// - `text`: all of it is learned
/// - for rewards `prompt`, `question` (a text), `instruction` or `messages`, and perhaps the
///   `answer` that is wanted, for which a `completion`, an `output` or the last turn may stand
/// - for preferences `chosen` and `rejected`, two texts or two lists of turns, behind a `prompt` or
///   an `instruction`; lists of turns may begin with the prompt themselves
public final class RowForms {
    private static final String MESSAGES = "messages";
    private static final String PROMPT = "prompt";
    private static final String COMPLETION = "completion";
    private static final String INSTRUCTION = "instruction";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String TEXT = "text";
    private static final String QUESTION = "question";
    private static final String ANSWER = "answer";
    private static final String CHOSEN = "chosen";
    private static final String REJECTED = "rejected";
    private static final String TOOLS = "tools";

    /// Names of all these fields.
    public static final List<String> FIELDS =
            List.of(
                    MESSAGES,
                    PROMPT,
                    COMPLETION,
                    INSTRUCTION,
                    INPUT,
                    OUTPUT,
                    TEXT,
                    QUESTION,
                    ANSWER,
                    CHOSEN,
                    REJECTED);

    /// An answer that is preferred, and one that is not, to one prompt.
    public record Pair(Example chosen, Example rejected) {}

    /// Something to answer.
    ///
    /// @param example its prompt; an answer in it does not count
    /// @param answer that is wanted, null where the row says none
    public record Question(Example example, @Nullable String answer) {}

    private RowForms() {}

    /// What a row of prompts says.
    ///
    /// @throws DataFileException where it has none of the forms
    public static Question question(DataRow row) throws DataFileException {
        if (row.has(PROMPT)) {
            JsonNode prompt = row.get(PROMPT);
            Example example =
                    prompt.isArray()
                            ? dialog(row, prompt)
                            : new Example.Completion(asked(row, PROMPT), "");
            return new Question(example, wanted(row, COMPLETION));
        }
        if (row.has(QUESTION)) {
            return new Question(new Example.Completion(asked(row, QUESTION), ""), wanted(row, ""));
        }
        if (row.has(INSTRUCTION)) {
            Message user = instruction(row, asked(row, INSTRUCTION));
            var dialog = new Example.Dialog(Conversation.of(user), 1, true);
            return new Question(dialog, wanted(row, OUTPUT));
        }
        if (row.has(MESSAGES) && row.get(MESSAGES) instanceof ArrayNode turns) {
            return messages(row, turns);
        }
        throw row.bad(
                "has no prompt", "give it the field prompt, question, instruction or messages");
    }

    private static Question messages(DataRow row, ArrayNode turns) throws DataFileException {
        JsonNode last = turns.get(turns.size() - 1);
        boolean answered = last != null && last.path("role").asText().equals("assistant");
        if (!answered) {
            return new Question(dialog(row, turns), wanted(row, ""));
        }
        ArrayNode before = turns.deepCopy();
        before.remove(before.size() - 1);
        String given = wanted(row, "");
        return new Question(
                dialog(row, before), given == null ? last.path("content").asText() : given);
    }

    private static Example dialog(DataRow row, JsonNode turns) throws DataFileException {
        Conversation conversation = conversation(row, turns);
        return new Example.Dialog(conversation, conversation.messages().size(), true);
    }

    private static String asked(DataRow row, String field) throws DataFileException {
        String prompt = row.text(field);
        if (prompt.isEmpty()) {
            throw row.bad(
                    "has no prompt: %s is empty".formatted(field), "write one, or leave it out");
        }
        return prompt;
    }

    /// @param other field that may hold it in place of `answer`; none where empty
    private static @Nullable String wanted(DataRow row, String other) throws DataFileException {
        if (row.has(ANSWER)) {
            return row.word(ANSWER);
        }
        return !other.isEmpty() && row.has(other) ? row.word(other) : null;
    }

    /// What a row of instructions says.
    ///
    /// @throws DataFileException where it has none of the forms
    public static Example instruction(DataRow row) throws DataFileException {
        if (row.has(MESSAGES)) {
            return new Example.Dialog(conversation(row, row.get(MESSAGES)), 0, true);
        }
        if (row.has(PROMPT) && row.has(COMPLETION)) {
            return answered(row, COMPLETION);
        }
        if (row.has(INSTRUCTION)) {
            return alpaca(row, OUTPUT);
        }
        if (row.has(TEXT)) {
            return new Example.Text(row.text(TEXT));
        }
        throw row.bad(
                "has none of the forms of an instruction",
                "give it the fields messages, or prompt and completion, or instruction and output,"
                        + " or text");
    }

    /// What a row of preferences says.
    ///
    /// @throws DataFileException where it has none of the forms
    public static Pair preference(DataRow row) throws DataFileException {
        if (!row.has(CHOSEN) || !row.has(REJECTED)) {
            throw row.bad(
                    "has no pair of answers",
                    "give it the fields chosen and rejected, behind a prompt or an instruction");
        }
        if (row.has(PROMPT)) {
            return new Pair(answered(row, CHOSEN), answered(row, REJECTED));
        }
        if (row.has(INSTRUCTION)) {
            return new Pair(alpaca(row, CHOSEN), alpaca(row, REJECTED));
        }
        if (row.get(CHOSEN).isArray() && row.get(REJECTED).isArray()) {
            int shared = shared(row.get(CHOSEN), row.get(REJECTED));
            return new Pair(
                    new Example.Dialog(conversation(row, row.get(CHOSEN)), shared, false),
                    new Example.Dialog(conversation(row, row.get(REJECTED)), shared, false));
        }
        throw row.bad(
                "has chosen and rejected, but no prompt", "add the field prompt or instruction");
    }

    /// Turns with which both lists begin; one of each at least is an answer.
    private static int shared(JsonNode chosen, JsonNode rejected) {
        int most = Math.min(chosen.size(), rejected.size()) - 1;
        int shared = 0;
        while (shared < most && chosen.get(shared).equals(rejected.get(shared))) {
            shared++;
        }
        return shared;
    }

    private static Example answered(DataRow row, String answer) throws DataFileException {
        JsonNode prompt = row.get(PROMPT);
        JsonNode said = row.get(answer);
        if (!prompt.isArray() && !said.isArray()) {
            return new Example.Completion(row.text(PROMPT), answer(row, answer));
        }
        ArrayNode all = JsonNodeFactory.instance.arrayNode();
        turns(prompt, "user", all);
        int from = all.size();
        turns(said, "assistant", all);
        return new Example.Dialog(conversation(row, all), from, false);
    }

    private static String answer(DataRow row, String field) throws DataFileException {
        String answer = row.text(field);
        if (answer.isEmpty()) {
            throw row.bad(
                    "has no token to train on: %s is empty".formatted(field),
                    "give it an answer, or leave it out");
        }
        return answer;
    }

    /// A list of turns as it is; a text as one turn.
    private static void turns(JsonNode said, String role, ArrayNode all) {
        if (said.isArray()) {
            said.forEach(all::add);
        } else {
            all.addObject().put("role", role).set("content", said);
        }
    }

    private static Example alpaca(DataRow row, String answer) throws DataFileException {
        Message user = instruction(row, row.text(INSTRUCTION));
        var turns = List.of(user, Message.assistant(answer(row, answer)));
        return new Example.Dialog(new Conversation(turns, null), 1, true);
    }

    private static Message instruction(DataRow row, String text) throws DataFileException {
        Message user = Message.user(text);
        String input = row.has(INPUT) ? row.text(INPUT) : "";
        return input.isEmpty() ? user : user.with(INPUT, TextNode.valueOf(input));
    }

    private static Conversation conversation(DataRow row, JsonNode messages)
            throws DataFileException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set(MESSAGES, messages);
        if (row.has(TOOLS)) {
            json.set(TOOLS, row.get(TOOLS));
        }
        try {
            return Conversation.fromJson(json);
        } catch (IllegalArgumentException e) {
            throw row.bad(
                    "holds no conversation (" + e.getMessage() + ")",
                    "write a list of objects with role and content");
        }
    }

    /// The conversation with Alpaca's input as part of what the user says, for templates that know
    /// no such field.
    static Conversation withoutInput(Conversation conversation) {
        var turns = new ArrayList<Message>();
        for (Message message : conversation.messages()) {
            JsonNode input = message.fields().get(INPUT);
            turns.add(
                    input == null || !input.isTextual()
                            ? message
                            : Message.of(
                                    message.role(),
                                    message.content().asText() + "\n\n" + input.textValue()));
        }
        return new Conversation(turns, conversation.tools());
    }
}
