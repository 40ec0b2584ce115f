package io.tornadogpt.sampler.engine;

import io.tornadogpt.sampler.StopScanner;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.tokenizer.StreamDecoder;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes text of the tokens of one request. A token is given out when all of its text is certain to
/// come before any stop string; a character that a token begins and the next ones complete belongs
/// to all of them.
final class TextAssembly {
    private static final int LONGEST_CHARACTER = 4;

    /// A token that is held back.
    ///
    /// @param end how many characters of text must be out before it
    private record Held(int token, @Nullable TokenScore score, int end) {}

    private final @Nullable Tokenizer tokenizer;
    private final @Nullable StreamDecoder decoder;
    private final StopScanner scanner;
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private final StringBuilder text = new StringBuilder();
    private final byte[] tail = new byte[LONGEST_CHARACTER]; // the last bytes
    private int decoded;

    TextAssembly(@Nullable Tokenizer tokenizer, List<String> stopStrings) {
        this.tokenizer = tokenizer;
        decoder = tokenizer == null ? null : tokenizer.streamDecoder();
        scanner = new StopScanner(stopStrings);
    }

    /// Appends a token.
    ///
    /// @return what became certain, if anything
    Optional<Piece> push(int token, @Nullable TokenScore score) {
        String more = decoder == null ? "" : decoder.push(token);
        decoded += more.length();
        held.add(new Held(token, score, decoded + (endsInsideCharacter(token) ? 1 : 0)));
        return piece(scanner.push(more), false);
    }

    /// Ends the text.
    ///
    /// @return what was held back
    Optional<Piece> finish() {
        String rest = decoder == null ? "" : decoder.finish();
        String certain = scanner.push(rest);
        return piece(certain + scanner.finish(), scanner.found().isEmpty());
    }

    private Optional<Piece> piece(String certain, boolean all) {
        text.append(certain);
        var tokens = new ArrayList<Integer>();
        var scores = new ArrayList<TokenScore>();
        while (!held.isEmpty() && (all || held.getFirst().end() <= text.length())) {
            Held first = held.remove();
            tokens.add(first.token());
            if (first.score() != null) {
                scores.add(first.score());
            }
        }
        return certain.isEmpty() && tokens.isEmpty()
                ? Optional.empty()
                : Optional.of(new Piece(certain, tokens, scores));
    }

    /// Whether the bytes so far end in the middle of a UTF-8 sequence.
    private boolean endsInsideCharacter(int token) {
        if (tokenizer == null) {
            return false;
        }
        for (byte b : tokenizer.tokenBytes(token)) {
            System.arraycopy(tail, 1, tail, 0, tail.length - 1);
            tail[tail.length - 1] = b;
        }
        for (int length = 1; length < LONGEST_CHARACTER; length++) {
            int b = tail[tail.length - length] & 0xFF;
            if (b < 0x80) {
                return false;
            }
            if (b >= 0xC0) {
                int expected = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return length < expected;
            }
        }
        return false;
    }

    /// The stop string that came up.
    Optional<String> stopString() {
        return scanner.found();
    }

    /// All that was given out.
    String text() {
        return text.toString();
    }
}
