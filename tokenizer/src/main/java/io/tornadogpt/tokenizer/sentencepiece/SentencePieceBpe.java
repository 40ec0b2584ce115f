package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.model.MergeTable;
import io.tornadogpt.tokenizer.model.PieceMerger;
import io.tornadogpt.tokenizer.model.RecentPieces;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.text.IntArray;
import io.tornadogpt.tokenizer.text.Trie;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// SentencePiece's byte-pair encoding: any two neighbours that together are a piece may merge, the
/// pair whose piece has the highest score first, the leftmost of equal ones. Symbols that the user
/// defined are found before and never merge.
final class SentencePieceBpe implements SentencePieceModel {

    private final SentencePieceFile file;
    private final byte[] bytes;
    private final Vocabulary vocabulary;
    private final MergeTable table;

    /// Characters that are no pieces of their own but parts of some, numbered behind the pieces.
    private final Map<String, Integer> loose = new HashMap<>();

    private final List<String> looseNames = new ArrayList<>();
    private final @Nullable Trie userDefined;
    private final boolean cutsAtSpaces;

    SentencePieceBpe(SentencePieceFile file, byte[] bytes) {
        this.file = file;
        this.bytes = bytes;
        vocabulary =
                Vocabulary.of(file.pieces().stream().map(SentencePieceFile.Piece::text).toList());
        boolean cuts = mergeable(vocabulary.id(String.valueOf(SentencePieceFile.SPACE)));
        Trie symbols = null;
        int splits = 0;
        for (int id = 0; id < file.pieces().size(); id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            if (piece.type() == SentencePieceFile.PieceType.UNUSED) {
                throw new IllegalArgumentException(
                        "pieces["
                                + id
                                + "] is of type UNUSED, which is not supported for BPE; train"
                                + " without it, or use a Unigram model");
            }
            if (piece.type() == SentencePieceFile.PieceType.USER_DEFINED) {
                symbols = symbols == null ? new Trie() : symbols;
                symbols.put(piece.text(), id);
            }
            if (mergeable(id)) {
                cuts &= !holdsSpaceWithin(piece.text());
                splits += piece.text().length() - 1;
            }
        }
        userDefined = symbols;
        cutsAtSpaces = cuts;
        table = new MergeTable(Math.max(splits, 1));
        int[] ranks = ranks();
        for (int id = 0; id < ranks.length; id++) {
            if (mergeable(id)) {
                addMerges(file.pieces().get(id).text(), ranks[id], id);
            }
        }
    }

    private boolean mergeable(int id) {
        if (id == Vocabulary.NONE) {
            return false;
        }
        return switch (file.pieces().get(id).type()) {
            case NORMAL, USER_DEFINED -> true;
            case UNKNOWN, CONTROL, UNUSED, BYTE -> false;
        };
    }

    /// Whether a space follows something else in a piece.
    static boolean holdsSpaceWithin(String piece) {
        for (int at = piece.indexOf(SentencePieceFile.SPACE, 1);
                at > 0;
                at = piece.indexOf(SentencePieceFile.SPACE, at + 1)) {
            if (piece.charAt(at - 1) != SentencePieceFile.SPACE) {
                return true;
            }
        }
        return false;
    }

    /// Each piece's place in the order of scores, the highest first; equal scores have one place.
    private int[] ranks() {
        List<SentencePieceFile.Piece> pieces = file.pieces();
        List<Integer> ordered = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            ordered.add(id);
        }
        ordered.sort((a, b) -> Float.compare(score(b), score(a)));
        int[] ranks = new int[pieces.size()];
        for (int i = 1; i < ordered.size(); i++) {
            int before = ordered.get(i - 1);
            int id = ordered.get(i);
            ranks[id] = ranks[before] + (score(id) == score(before) ? 0 : 1);
        }
        return ranks;
    }

    /// Without the sign of zero, which does not order scores.
    private float score(int id) {
        return file.pieces().get(id).score() + 0f;
    }

    private void addMerges(String piece, int rank, int id) {
        for (int cut = piece.offsetByCodePoints(0, 1); cut < piece.length(); ) {
            int left = symbol(piece.substring(0, cut));
            int right = symbol(piece.substring(cut));
            if (left != Vocabulary.NONE && right != Vocabulary.NONE) {
                table.put(left, right, rank, id);
            }
            cut += Character.charCount(piece.codePointAt(cut));
        }
    }

    /// The number of a piece, or of a character that is a part of one.
    private int symbol(String text) {
        int id = vocabulary.id(text);
        if (mergeable(id)) {
            return id;
        }
        if (text.codePointCount(0, text.length()) != 1) {
            return Vocabulary.NONE;
        }
        return loose.computeIfAbsent(
                text,
                name -> {
                    looseNames.add(name);
                    return vocabulary.size() + looseNames.size() - 1;
                });
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
        return "SentencePiece BPE";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public Encoder encoder() {
        return new TextEncoder();
    }

    /// Cuts out what the user defined and, where no piece spans such a place, words.
    private final class TextEncoder implements Encoder {

        private final PieceMerger merger = new PieceMerger(new int[0], table);
        private final PieceOutput output = new PieceOutput(file);
        private final IntArray symbols = new IntArray(64);
        private final IntArray merged = new IntArray(64);
        private final List<String> unknown = new ArrayList<>();
        private final Encoder words = new RecentPieces(this::encodeWord);

        @Override
        public void encode(String text, IntArray out) {
            if (userDefined == null) {
                encodeStretch(text, out);
                return;
            }
            int done = 0;
            for (int at = 0; at < text.length(); ) {
                int stop = userDefined.longestEnd(text, at);
                if (stop == Trie.NONE) {
                    at += Character.charCount(text.codePointAt(at));
                    continue;
                }
                if (done < at) {
                    encodeStretch(text.substring(done, at), out);
                }
                out.add(userDefined.get(text, at, stop));
                at = stop;
                done = stop;
            }
            if (done < text.length()) {
                encodeStretch(done == 0 ? text : text.substring(done), out);
            }
        }

        private void encodeStretch(String text, IntArray out) {
            if (!cutsAtSpaces) {
                encodeWord(text, out);
                return;
            }
            int from = 0;
            for (int at = text.indexOf(SentencePieceFile.SPACE, 1);
                    at >= 0;
                    at = text.indexOf(SentencePieceFile.SPACE, at + 1)) {
                if (text.charAt(at - 1) != SentencePieceFile.SPACE) {
                    words.encode(text, from, at, out);
                    from = at;
                }
            }
            words.encode(text, from, text.length(), out);
        }

        private void encodeWord(String word, IntArray out) {
            symbols.clear();
            merged.clear();
            unknown.clear();
            for (int at = 0, next; at < word.length(); at = next) {
                next = at + Character.charCount(word.codePointAt(at));
                symbols.add(symbolOf(word.substring(at, next)));
            }
            merger.merge(symbols.raw(), symbols.size(), merged);
            output.begin();
            for (int i = 0; i < merged.size(); i++) {
                int symbol = merged.get(i);
                if (symbol < vocabulary.size()) {
                    output.known(symbol, out);
                } else {
                    int place = symbol - vocabulary.size();
                    output.unknown(
                            place < looseNames.size()
                                    ? looseNames.get(place)
                                    : unknown.get(place - looseNames.size()),
                            out);
                }
            }
        }

        private int symbolOf(String character) {
            int id = vocabulary.id(character);
            if (mergeable(id)) {
                return id;
            }
            Integer known = loose.get(character);
            if (known != null) {
                return known;
            }
            unknown.add(character);
            return vocabulary.size() + looseNames.size() + unknown.size() - 1;
        }
    }
}
