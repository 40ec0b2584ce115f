package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ChatTokens;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.server.model.TextEmbedder;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;

/// From texts to the tokens that a model reads, none longer than its context: nothing is cut off
/// without a word.
final class Prompts {
    private final Tokenizer tokenizer;
    private final Function<String, int[]> encoder;
    private final int vocabulary;
    private final int context;
    private final int longestToken; // bytes
    private final ChatTokens chat;

    Prompts(ServedModel model) {
        this(
                model.tokenizer(),
                model.context(),
                text -> model.tokenizer().addSpecialTokens(model.tokenizer().encode(text)),
                new ChatTokens(model.tokenizer(), model.chat().orElse(null)),
                longestToken(model.tokenizer()));
    }

    private Prompts(
            Tokenizer tokenizer,
            int context,
            Function<String, int[]> encoder,
            ChatTokens chat,
            int longestToken) {
        this.tokenizer = tokenizer;
        this.encoder = encoder;
        this.context = context;
        this.chat = chat;
        this.longestToken = longestToken;
        vocabulary = tokenizer.vocabularySize();
    }

    private static int longestToken(Tokenizer tokenizer) {
        return IntStream.range(0, tokenizer.vocabularySize())
                .filter(id -> tokenizer.token(id) != null)
                .map(id -> tokenizer.tokenBytes(id).length)
                .max()
                .orElse(1);
    }

    /// Texts that are to become vectors.
    Prompts embeddedBy(TextEmbedder embedder) {
        return new Prompts(tokenizer, embedder.context(), embedder::tokens, chat, longestToken);
    }

    int vocabulary() {
        return vocabulary;
    }

    /// A prompt that was given.
    ///
    /// @param text what was given as text, or what the tokens spell
    record Prompt(String text, int... tokens) {}

    /// Reads prompts: a text, a list of texts, a list of tokens, or a list of such lists.
    ///
    /// @param most how many
    List<Prompt> read(Fields fields, String name, int most) {
        JsonNode value = fields.value(name);
        if (value == null) {
            return List.of(ofText(fields, name, ""));
        }
        boolean isList = value.isArray() && !(value.size() > 0 && value.get(0).isNumber());
        if (!isList) {
            return List.of(one(fields, name, value));
        }
        if (value.isEmpty() || value.size() > most) {
            throw fields.wrong(name, value, "1 to %d prompts".formatted(most));
        }
        List<Prompt> prompts = new ArrayList<>();
        for (JsonNode each : value) {
            prompts.add(one(fields, name, each));
        }
        return prompts;
    }

    private Prompt one(Fields fields, String name, JsonNode value) {
        if (value.isTextual()) {
            return ofText(fields, name, value.textValue());
        }
        if (!value.isArray() || value.isEmpty()) {
            throw fields.wrong(name, value, "a text, a list of tokens, or a list of these");
        }
        requireLength(name, value.size());
        int[] tokens = new int[value.size()];
        for (int i = 0; i < tokens.length; i++) {
            JsonNode id = value.get(i);
            if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabulary) {
                throw ApiException.badRequest(
                        name,
                        "token %d of %s is none; expected ids from 0 to %d"
                                .formatted(i, name, vocabulary - 1));
            }
            tokens[i] = id.intValue();
        }
        return new Prompt(tokenizer.decode(tokens), tokens);
    }

    private Prompt ofText(Fields fields, String name, String text) {
        requireCharacters(name, fields.wellFormed(name, text));
        return new Prompt(text, tokens(name, text));
    }

    /// A text that cannot fit however long its tokens are is not even encoded.
    private void requireCharacters(String name, String text) {
        if (text.length() > (long) context * longestToken) {
            throw tooLong(
                    name,
                    "%s has %d characters, which are more than the model's context of %d tokens"
                            .formatted(name, text.length(), context));
        }
    }

    private void requireLength(String name, int length) {
        if (length > context) {
            throw tooLong(
                    name,
                    "%s has %d tokens, but the model's context has %d"
                            .formatted(name, length, context));
        }
    }

    private static ApiException tooLong(String name, String message) {
        return ApiException.badRequest(name, "context_length_exceeded", message + "; shorten it");
    }

    private int[] tokens(String name, String text) {
        try {
            int[] tokens = encoder.apply(text);
            requireLength(name, tokens.length);
            return tokens.length > 0 ? tokens : start(name);
        } catch (UnencodableTextException e) {
            throw ApiException.badRequest(name, String.valueOf(e.getMessage()));
        }
    }

    /// What an empty prompt begins with.
    private int[] start(String name) {
        OptionalInt endOfText = tokenizer.endOfText();
        if (endOfText.isPresent()) {
            return new int[] {endOfText.getAsInt()};
        }
        int[] newline = tokenizer.encode("\n");
        if (newline.length == 0) {
            throw ApiException.badRequest(
                    name, "%s is empty, and the model cannot begin without one".formatted(name));
        }
        return newline;
    }

    /// A message in which the names of special tokens are marked, for [#ofTemplate].
    String guarded(String said) {
        return chat.guarded(said);
    }

    /// The tokens of what a chat template wrote of messages that were [#guarded]: the names of
    /// special tokens stand for these tokens, except where somebody's message spells them.
    int[] ofTemplate(String name, String rendered) {
        requireCharacters(name, rendered);
        try {
            int[] tokens = chat.of(rendered);
            requireLength(name, tokens.length);
            return tokens.length > 0 ? tokens : start(name);
        } catch (UnencodableTextException e) {
            throw ApiException.badRequest(name, String.valueOf(e.getMessage()));
        }
    }
}
