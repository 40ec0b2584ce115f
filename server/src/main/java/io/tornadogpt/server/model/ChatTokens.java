package io.tornadogpt.server.model;

import com.fasterxml.jackson.databind.node.TextNode;

import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Message;
import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// From conversations to the tokens that a model reads. A chat template writes the names of special
/// tokens; where somebody's message spells such a name it stays text.
///
/// Immutable, so that threads may share it.
public final class ChatTokens {
    /// No character of any text.
    private static final String MARK = "\uFDD0";

    private final Tokenizer tokenizer;
    private final @Nullable Pattern special;
    private final int[] before;

    /// @param format whose template writes the token for the beginning of a text itself, or is one
    ///   of those that are built in, for which it is added as in training; null for the former
    public ChatTokens(Tokenizer tokenizer, @Nullable ChatFormat format) {
        this.tokenizer = tokenizer;
        special = special(tokenizer);
        before = format != null && format.isBuiltIn() ? addedBefore(tokenizer) : new int[0];
    }

    /// What the tokenizer puts before every text: as far as two texts of one token begin alike.
    private static int[] addedBefore(Tokenizer tokenizer) {
        int[] first = tokenizer.addSpecialTokens(0);
        return Arrays.copyOf(first, Arrays.mismatch(first, tokenizer.addSpecialTokens(1)));
    }

    /// Matches the names of special tokens; null where there are none.
    private static @Nullable Pattern special(Tokenizer tokenizer) {
        List<String> names =
                tokenizer.addedTokens().stream()
                        .filter(token -> token.special() && !token.content().isEmpty())
                        .map(AddedToken::content)
                        .sorted(Comparator.comparingInt(String::length).reversed())
                        .toList();
        return names.isEmpty()
                ? null
                : Pattern.compile(
                        names.stream().map(Pattern::quote).collect(Collectors.joining("|")));
    }

    /// The tokens of a conversation that is to be answered.
    ///
    /// @throws io.tornadogpt.chat.ChatTemplateException if the template refuses it
    /// @throws UnencodableTextException if the tokenizer has no token for one of its characters
    public int[] of(ChatFormat format, Conversation conversation) {
        List<Message> messages =
                conversation.messages().stream()
                        .map(
                                message ->
                                        message.content().isTextual()
                                                ? message.with(
                                                        "content",
                                                        TextNode.valueOf(
                                                                guarded(
                                                                        message.content()
                                                                                .textValue())))
                                                : message)
                        .toList();
        return of(format.text(new Conversation(messages, conversation.tools()), Map.of()));
    }

    /// A message in which the names of special tokens are marked, so that [#of(String)] takes them
    /// for what they are there: text that somebody wrote.
    public String guarded(String said) {
        if (special == null) {
            return said;
        }
        return special.matcher(said.replace(MARK, ""))
                .replaceAll(name -> Matcher.quoteReplacement(marked(name.group())));
    }

    private static String marked(String name) {
        int second = name.offsetByCodePoints(0, 1);
        return name.substring(0, second) + MARK + name.substring(second);
    }

    /// The tokens of what a chat template wrote of messages that were [#guarded]: the names of
    /// special tokens stand for these tokens, except where somebody's message spells them.
    ///
    /// @throws UnencodableTextException if the tokenizer has no token for a character
    public int[] of(String rendered) {
        int[] tokens =
                rendered.contains(MARK)
                        ? encodeByParts(rendered)
                        : tokenizer.encodeWithSpecialTokens(rendered);
        boolean there =
                tokens.length >= before.length
                        && Arrays.equals(before, 0, before.length, tokens, 0, before.length);
        return there ? tokens : joined(before, tokens);
    }

    private static int[] joined(int[] first, int[] second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    private int[] encodeByParts(String rendered) {
        var tokens = IntStream.builder();
        Matcher names = Objects.requireNonNull(special).matcher(rendered);
        int at = 0;
        while (names.find()) {
            encodePlain(rendered.substring(at, names.start()), tokens);
            IntStream.of(tokenizer.encodeWithSpecialTokens(names.group())).forEach(tokens::add);
            at = names.end();
        }
        encodePlain(rendered.substring(at), tokens);
        return tokens.build().toArray();
    }

    private void encodePlain(String part, IntStream.Builder tokens) {
        String text = part.replace(MARK, "");
        if (!text.isEmpty()) {
            IntStream.of(tokenizer.encode(text)).forEach(tokens::add);
        }
    }
}
