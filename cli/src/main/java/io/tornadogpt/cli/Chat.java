package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.chat.ChatTemplateException;
import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Dialogue;
import io.tornadogpt.chat.Message;
import io.tornadogpt.sampler.InvalidLogitsException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A chat: what is said to it line by line is answered, or is a command. It knows neither the
/// terminal nor the model.
///
/// [#interrupt] may be called by any thread; all else by one.
final class Chat {
    static final String COMMANDS = "/reset, /save [FILE], /help, /exit";
    private static final String FILE = "chat.jsonl";
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Who answers.
    interface Partner {
        /// Tokens that a conversation takes, with all that precedes the answer.
        int length(Conversation conversation);

        /// The most tokens that a conversation may take: the rest of the context is for the answer.
        int room();

        /// Answers a conversation.
        ///
        /// @param turn number of the question, from 0
        /// @param stopped whether nobody wants the rest
        /// @param out takes the answer as it comes
        Answer answer(
                Conversation conversation, int turn, BooleanSupplier stopped, Consumer<String> out);
    }

    /// What a partner said.
    ///
    /// @param complete whether it came to an end by itself
    record Answer(String text, boolean complete) {}

    private final Screen screen;
    private final Partner partner;
    private final Dialogue dialogue;
    private int turn;
    private volatile boolean answering;
    private volatile boolean stopped;

    Chat(Screen screen, Partner partner, Dialogue dialogue) {
        this.screen = screen;
        this.partner = partner;
        this.dialogue = dialogue;
    }

    /// Stops the answer that is being given, if there is one.
    ///
    /// @return whether there is
    boolean interrupt() {
        stopped = true;
        return answering;
    }

    /// Answers a line, or does what it says. What cannot be done is said in a sentence, and ends
    /// nothing.
    ///
    /// @return whether the chat goes on
    boolean accept(String line) {
        String said = line.strip();
        if (said.isEmpty()) {
            return true;
        }
        try {
            return said.startsWith("/") ? command(said) : say(said);
        } catch (InvalidLogitsException e) {
            throw e; // the model itself is broken
        } catch (IllegalArgumentException | ChatTemplateException e) {
            screen.warning(String.valueOf(e.getMessage()));
            return true;
        } catch (IOException e) {
            screen.warning("the conversation was not saved: " + Failure.sentence(e));
            return true;
        }
    }

    private boolean command(String said) throws IOException {
        String[] words = said.split("\\s+", 2);
        String rest = words.length == 2 ? words[1] : "";
        switch (words[0]) {
            case "/exit", "/quit", "/bye" -> {
                return false;
            }
            case "/reset" -> {
                dialogue.reset();
                screen.sentence("The conversation begins anew.");
            }
            case "/save" -> save(rest.isEmpty() ? FILE : rest);
            case "/help" -> help();
            default ->
                    screen.warning(
                            "there is no command %s; there are %s".formatted(words[0], COMMANDS));
        }
        return true;
    }

    private void help() {
        screen.line("/reset        forgets what was said");
        screen.line("/save [FILE]  adds what was said to FILE, or " + FILE + ",");
        screen.line("              a line that finetune --task sft can read");
        screen.line("/exit         ends the chat, as Ctrl-D does");
        screen.line("Ctrl-C        stops an answer");
    }

    /// Adds the conversation to a file, as a row that can be trained on.
    private void save(String name) throws IOException {
        if (dialogue.length() == 0) {
            screen.warning("nothing was said yet, so there is nothing to save");
            return;
        }
        Path file = path(name);
        ArrayNode messages = JSON.createArrayNode();
        for (Message message : dialogue.messages()) {
            ObjectNode object = messages.addObject();
            message.fields().forEach(object::set);
        }
        ObjectNode row = JSON.createObjectNode();
        row.set("messages", messages);
        Files.writeString(
                file,
                JSON.writeValueAsString(row) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        screen.sentence("Saved as a line of %s.", file.toAbsolutePath().normalize());
    }

    private static Path path(String name) {
        if (!name.endsWith(".jsonl")) {
            throw new IllegalArgumentException(
                    "'%s' does not end in .jsonl; a conversation is a line of JSON there"
                            .formatted(name));
        }
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "'%s' is no name of a file: %s".formatted(name, e.getReason()), e);
        }
    }

    private boolean say(String said) {
        Dialogue.Asked asked = dialogue.ask(said, partner::length, partner.room());
        if (asked.leftOut() > 0) {
            notice(
                    "the conversation is longer than the context; from now on the model does not see the oldest %s of it"
                            .formatted(turns(asked.leftOut())));
        }
        stopped = false;
        answering = true;
        Answer answer;
        try {
            answer = partner.answer(asked.conversation(), turn++, () -> stopped, screen::text);
        } finally {
            answering = false;
            screen.line("");
        }
        dialogue.answer(answer.text());
        if (stopped) {
            notice("stopped; what was said stays part of the conversation");
        } else if (!answer.complete()) {
            notice(
                    "the answer was cut off here: it has as many tokens as it may have"
                            + " (--max-new-tokens, or what the context leaves)");
        }
        return true;
    }

    /// Says what concerns the conversation: beside it, or at a terminal within it.
    private void notice(String text) {
        if (screen.isTerminal()) {
            screen.sentence("(%s)", text);
        } else {
            screen.warning(text);
        }
    }

    private static String turns(int count) {
        return count == 1 ? "turn" : count + " turns";
    }
}
