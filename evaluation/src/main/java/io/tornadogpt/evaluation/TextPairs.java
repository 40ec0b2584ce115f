package io.tornadogpt.evaluation;

import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Turns texts into requests as lm-evaluation-harness does: blanks at a context's end belong to the
/// continuation, whose tokens are those of the whole less those of the context; an empty context is
/// the token that begins a text, or else the one that ends it.
///
/// Immutable.
final class TextPairs {
    private final Tokenizer tokenizer;
    private final int rows;
    private final int prefix;

    /// @param rows of the model's token embedding
    /// @throws IllegalArgumentException where the tokenizer was not made for the model, or has no
    ///   token that a text can begin with
    TextPairs(Tokenizer tokenizer, int rows) {
        tokenizer.requireRows(rows);
        this.tokenizer = tokenizer;
        this.rows = rows;
        prefix = prefix(tokenizer, rows);
    }

    private static int prefix(Tokenizer tokenizer, int rows) {
        var candidates = new ArrayList<Integer>();
        tokenizer.tokenFor(TokenRole.BOS).ifPresent(candidates::add);
        tokenizer.tokenFor(TokenRole.EOS).ifPresent(candidates::add);
        tokenizer.endOfText().ifPresent(candidates::add);
        candidates.addAll(tokenizer.endTokens());
        OptionalInt first =
                candidates.stream().mapToInt(id -> id).filter(id -> id < rows).findFirst();
        if (first.isPresent()) {
            return first.getAsInt();
        }
        int[] newline = newline(tokenizer);
        if (newline.length == 1) {
            return newline[0];
        }
        throw new IllegalArgumentException(
                "the tokenizer has neither a token that begins or ends a text nor one for a new"
                    + " line, so a text without a context has nothing to follow; use a model whose"
                    + " tokenizer has one");
    }

    private static int[] newline(Tokenizer tokenizer) {
        try {
            return tokenizer.encode("\n");
        } catch (IllegalArgumentException _) {
            return new int[0]; // a vocabulary without it
        }
    }

    /// The request for a continuation of a context.
    ScoreRequest pair(String context, String continuation) {
        if (context.isEmpty()) {
            int[] ids = plain(continuation);
            return ids[0] == prefix && ids.length > 1
                    ? new ScoreRequest(
                            Arrays.copyOf(ids, 1), Arrays.copyOfRange(ids, 1, ids.length))
                    : new ScoreRequest(new int[] {prefix}, ids);
        }
        String stripped = context.stripTrailing();
        String whole = context + continuation;
        if (stripped.isEmpty()) {
            return pair("", whole);
        }
        int[] before = encode(stripped);
        int[] all = encode(whole);
        if (all.length <= before.length) {
            throw new IllegalArgumentException(
                    "the continuation '%s' adds no token to its context; give it more text"
                            .formatted(shortened(continuation)));
        }
        if (before.length == 0) {
            return new ScoreRequest(new int[] {prefix}, all);
        }
        return new ScoreRequest(before, Arrays.copyOfRange(all, before.length, all.length));
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }

    /// The requests for a whole document: as few as the model's context allows, each with one token
    /// of context or, the last, as many as fit.
    List<ScoreRequest> windows(String text, int positions) {
        int[] ids = encode(text);
        var windows = new ArrayList<ScoreRequest>();
        for (int from = 0; from < ids.length; from += positions) {
            int to = Math.min(ids.length, from + positions);
            if (from == 0) {
                windows.add(new ScoreRequest(new int[] {prefix}, Arrays.copyOf(ids, to)));
            } else {
                int start = to - positions - 1;
                windows.add(
                        new ScoreRequest(
                                Arrays.copyOfRange(ids, start, from),
                                Arrays.copyOfRange(ids, from, to)));
            }
        }
        return windows;
    }

    /// The tokens of a text with those around it that the tokenizer adds, unless the text begins
    /// with the token that begins a text.
    int[] encode(String text) {
        String begin = tokenizer.token(prefix);
        boolean begun = begin != null && text.startsWith(begin);
        int[] ids = tokenizer.encodeWithSpecialTokens(text);
        int[] all = begun ? ids : tokenizer.addSpecialTokens(ids);
        tokenizer.requireRows(rows, all);
        return all;
    }

    private int[] plain(String text) {
        int[] ids = tokenizer.encodeWithSpecialTokens(text);
        tokenizer.requireRows(rows, ids);
        return ids;
    }
}
