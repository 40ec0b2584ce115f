package io.tornadogpt.tokenizer.model;

import com.fasterxml.jackson.core.JsonGenerator;

import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.tokenizer.text.Describe;
import io.tornadogpt.tokenizer.text.IntArray;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/// Byte-pair encoding over characters (Sennrich et al. 2016), with all of the settings that a
/// `tokenizer.json` knows.
public final class Bpe implements Model {

    /// What stands for a space in vocabularies that are like SentencePiece's.
    private static final char SPACE = '\u2581';

    /// @param unkToken stands for a character without a token; null where that is an error
    /// @param prefix what tokens that do not begin a piece begin with
    /// @param suffix what tokens that end a piece end in
    /// @param fuseUnk whether unknown characters in a row are one token
    /// @param byteFallback whether an unknown character becomes the tokens of its bytes
    /// @param ignoreMerges whether a piece that is a token is taken as it is
    public record Settings(
            @Nullable String unkToken,
            @Nullable String prefix,
            @Nullable String suffix,
            boolean fuseUnk,
            boolean byteFallback,
            boolean ignoreMerges) {

        /// Plain merging.
        public static final Settings PLAIN = new Settings(null, null, null, false, false, false);

        public Settings withIgnoreMerges(boolean value) {
            return new Settings(unkToken, prefix, suffix, fuseUnk, byteFallback, value);
        }

        /// Whether a character is the same symbol wherever it stands.
        boolean isPlainWords() {
            return prefix == null && suffix == null && !ignoreMerges;
        }

        /// Whether nothing but merging happens.
        public boolean isPlain() {
            return unkToken == null && prefix == null && suffix == null && !byteFallback;
        }
    }

    private final Vocabulary vocabulary;
    private final Merges merges;
    private final Settings settings;
    private final MergeTable table;
    private final ByteTokens bytes;
    private final int unk;
    private final boolean cutsAtSpaces;

    public Bpe(Vocabulary vocabulary, Merges merges, Settings settings) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.settings = settings;
        table = new MergeTable(merges);
        bytes = new ByteTokens(vocabulary, settings.byteFallback());
        unk = settings.unkToken() == null ? Vocabulary.NONE : vocabulary.id(settings.unkToken());
        cutsAtSpaces = canCutAtSpaces();
    }

    @Override
    public String type() {
        return "BPE";
    }

    @Override
    public String kind() {
        return "BPE";
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    public Merges merges() {
        return merges;
    }

    public MergeTable table() {
        return table;
    }

    public Settings settings() {
        return settings;
    }

    @Override
    public Encoder encoder() {
        Encoder words = new RecentPieces(new WordEncoder());
        return cutsAtSpaces ? new SpaceCutter(words) : words;
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeNullField("dropout");
        json.writeStringField("unk_token", settings.unkToken());
        json.writeStringField("continuing_subword_prefix", settings.prefix());
        json.writeStringField("end_of_word_suffix", settings.suffix());
        json.writeBooleanField("fuse_unk", settings.fuseUnk());
        json.writeBooleanField("byte_fallback", settings.byteFallback());
        json.writeBooleanField("ignore_merges", settings.ignoreMerges());
        VocabularyJson.write(json, vocabulary);
        json.writeArrayFieldStart("merges");
        boolean pairs = anyTokenHasASpace();
        for (int rank = 0; rank < merges.size(); rank++) {
            String left = vocabulary.token(merges.left(rank));
            String right = vocabulary.token(merges.right(rank));
            if (pairs) {
                json.writeStartArray();
                json.writeString(left);
                json.writeString(right);
                json.writeEndArray();
            } else {
                json.writeString(left + " " + right);
            }
        }
        json.writeEndArray();
    }

    /// `left right` cannot be read where a token has a space; then pairs are written.
    private boolean anyTokenHasASpace() {
        for (int id = 0; id < vocabulary.size(); id++) {
            String token = vocabulary.token(id);
            if (token != null && token.indexOf(' ') >= 0) {
                return true;
            }
        }
        return false;
    }

    /// Whether no token spans a place before a space that follows something else: then each word is
    /// encoded by itself with the same result, and many are remembered.
    private boolean canCutAtSpaces() {
        if (!settings.isPlainWords() || vocabulary.id(String.valueOf(SPACE)) == Vocabulary.NONE) {
            return false;
        }
        for (int rank = 0; rank < merges.size(); rank++) {
            String left = vocabulary.token(merges.left(rank));
            String right = vocabulary.token(merges.right(rank));
            if (left != null
                    && right != null
                    && right.charAt(0) == SPACE
                    && left.charAt(left.length() - 1) != SPACE) {
                return false;
            }
        }
        return true;
    }

    /// Encodes what lies between spaces word by word.
    private record SpaceCutter(Encoder words) implements Encoder {
        @Override
        public void encode(String piece, IntArray out) {
            int from = 0;
            for (int at = piece.indexOf(SPACE, 1); at >= 0; at = piece.indexOf(SPACE, at + 1)) {
                if (piece.charAt(at - 1) != SPACE) {
                    words.encode(piece, from, at, out);
                    from = at;
                }
            }
            words.encode(piece, from, piece.length(), out);
        }
    }

    /// Encodes one piece. What an unknown character leaves behind waits until the next known one,
    /// as in Hugging Face's code: the tokens of bytes overtake it.
    private final class WordEncoder implements Encoder {

        private final PieceMerger merger = new PieceMerger(new int[0], table);
        private final IntArray symbols = new IntArray(64);
        private boolean unkWaits;

        @Override
        public void encode(String piece, IntArray out) {
            if (settings.ignoreMerges()) {
                int whole = vocabulary.ordinary(piece);
                if (whole != Vocabulary.NONE) {
                    out.add(whole);
                    return;
                }
            }
            symbols.clear();
            unkWaits = false;
            for (int at = 0, next; at < piece.length(); at = next) {
                next = at + Character.charCount(piece.codePointAt(at));
                addSymbol(piece, at, next);
            }
            flushUnk();
            merger.merge(symbols.raw(), symbols.size(), out);
        }

        private void addSymbol(String piece, int at, int next) {
            String symbol = piece.substring(at, next);
            if (at > 0 && settings.prefix() != null) {
                symbol = settings.prefix() + symbol;
            }
            if (next == piece.length() && settings.suffix() != null) {
                symbol += settings.suffix();
            }
            int id = vocabulary.ordinary(symbol);
            if (id != Vocabulary.NONE) {
                flushUnk();
                symbols.add(id);
            } else if (!bytes.add(symbol, symbols)) {
                addUnk(piece, at);
            }
        }

        private void addUnk(String piece, int at) {
            if (unk == Vocabulary.NONE) {
                throw new UnencodableTextException(
                        "character "
                                + Describe.codePoint(piece.codePointAt(at))
                                + " has no token in this vocabulary, which has no token for"
                                + " unknown characters either; leave it out, or use another"
                                + " tokenizer",
                        at);
            }
            if (unkWaits && !settings.fuseUnk()) {
                symbols.add(unk);
            }
            unkWaits = true;
        }

        private void flushUnk() {
            if (unkWaits) {
                symbols.add(unk);
                unkWaits = false;
            }
        }
    }
}
