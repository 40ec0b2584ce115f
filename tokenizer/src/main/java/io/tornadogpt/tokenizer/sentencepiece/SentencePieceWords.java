package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.Trie;

import org.jspecify.annotations.Nullable;

/// The two simplest of SentencePiece's models: whole words, or characters and what the user
/// defined.
final class SentencePieceWords implements SentencePieceModel {

    private final SentencePieceFile file;
    private final byte[] bytes;
    private final Vocabulary vocabulary;
    private final @Nullable Trie userDefined;

    SentencePieceWords(SentencePieceFile file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
        vocabulary =
                Vocabulary.of(file.pieces().stream().map(SentencePieceFile.Piece::text).toList());
        Trie symbols = null;
        for (int id = 0; id < file.pieces().size(); id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            if (piece.type() == SentencePieceFile.PieceType.USER_DEFINED) {
                symbols = symbols == null ? new Trie() : symbols;
                symbols.put(piece.text(), id);
            }
        }
        userDefined = symbols;
    }

    @Override
    public SentencePieceFile file() {
        return file;
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public String kind() {
        return file.modelType() == SentencePieceFile.ModelType.WORD
                ? "SentencePiece words"
                : "SentencePiece characters";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Encoder encoder() {
        PieceOutput output = new PieceOutput(file);
        boolean words = file.modelType() == SentencePieceFile.ModelType.WORD;
        return (text, out) -> {
            output.begin();
            for (int at = 0, next; at < text.length(); at = next) {
                next = words ? wordEnd(text, at) : characterEnd(text, at);
                add(text.substring(at, next), output, out);
            }
        };
    }

    private void add(String piece, PieceOutput output, IntArray out) {
        int id = vocabulary.id(piece);
        boolean known =
                id != Vocabulary.NONE
                        && switch (file.pieces().get(id).type()) {
                            case NORMAL, USER_DEFINED, UNUSED -> true;
                            case UNKNOWN, CONTROL, BYTE -> false;
                        };
        if (known) {
            output.known(id, out);
        } else {
            output.unknown(piece, out);
        }
    }

    private static int wordEnd(String text, int at) {
        int end = text.indexOf(SentencePieceFile.SPACE, at + 1);
        return end < 0 ? text.length() : end;
    }

    private int characterEnd(String text, int at) {
        int end = userDefined == null ? Trie.NONE : userDefined.longestEnd(text, at);
        return end != Trie.NONE ? end : at + Character.charCount(text.codePointAt(at));
    }
}
