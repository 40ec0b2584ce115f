package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.decoder.ByteFallback;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.normalizer.CharsMap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a `.model` file holds, in the names of sentencepiece_model.proto.
///
/// @param pieces by id
/// @param unkSurface what an unknown piece decodes to
/// @param charsMap rules of normalization, null where there are none
public record SentencePieceFile(
        List<Piece> pieces,
        ModelType modelType,
        boolean byteFallback,
        boolean treatWhitespaceAsSuffix,
        String unkSurface,
        String normalization,
        @Nullable CharsMap charsMap,
        boolean addDummyPrefix,
        boolean removeExtraWhitespaces,
        boolean escapeWhitespaces) {

    /// What stands for a space.
    public static final char SPACE = '\u2581';

    /// What an unknown piece decodes to where the file does not say.
    public static final String DEFAULT_UNK_SURFACE = " \u2047 ";

    private static final int LONGEST_PIECE = 1 << 12;

    /// How text becomes pieces; the numbers are the file's.
    public enum ModelType {
        UNIGRAM(1),
        BPE(2),
        WORD(3),
        CHAR(4);

        private final int number;

        ModelType(int number) {
            this.number = number;
        }
    }

    /// What a piece is for; the numbers are the file's.
    public enum PieceType {
        NORMAL(1),
        UNKNOWN(2),
        CONTROL(3),
        USER_DEFINED(4),
        UNUSED(5),
        BYTE(6);

        private final int number;

        PieceType(int number) {
            this.number = number;
        }
    }

    public record Piece(String text, float score, PieceType type) {}

    public SentencePieceFile {
        pieces = List.copyOf(pieces);
    }

    /// The id of the unknown piece.
    public int unk() {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == PieceType.UNKNOWN) {
                return id;
            }
        }
        throw new IllegalStateException("a file without an unknown piece");
    }

    /// Reads a file's bytes.
    ///
    /// @throws IllegalArgumentException with what is wrong, if they are malformed or ask for what
    ///   is not supported
    public static SentencePieceFile read(byte[] file) {
        Parts parts = new Parts();
        Protobuf.Reader in = new Protobuf.Reader(file);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> parts.addPiece(in.message("pieces[" + parts.pieces.size() + "]"));
                case 2 -> parts.readTrainer(in.message("trainer_spec"));
                case 3 -> parts.readNormalizer(in.message("normalizer_spec"));
                case 5 -> parts.checkDenormalizer(in.message("denormalizer_spec"));
                default -> in.skip();
            }
        }
        return parts.file();
    }

    /// A file's bytes, from which SentencePiece reads the same.
    public byte[] toBytes() {
        Protobuf.Writer out = new Protobuf.Writer();
        for (Piece piece : pieces) {
            Protobuf.Writer each = new Protobuf.Writer().text(1, piece.text());
            each.number(2, piece.score());
            if (piece.type() != PieceType.NORMAL) {
                each.integer(3, piece.type().number);
            }
            out.bytes(1, each.toBytes());
        }
        Protobuf.Writer trainer = new Protobuf.Writer();
        trainer.integer(3, modelType.number).integer(4, pieces.size());
        trainer.flag(24, treatWhitespaceAsSuffix).flag(35, byteFallback);
        writeReserved(trainer);
        trainer.text(44, unkSurface);
        out.bytes(2, trainer.toBytes());
        Protobuf.Writer normalizer = new Protobuf.Writer().text(1, normalization);
        normalizer.bytes(2, charsMap == null ? new byte[0] : charsMap.bytes());
        normalizer.flag(3, addDummyPrefix).flag(4, removeExtraWhitespaces);
        normalizer.flag(5, escapeWhitespaces);
        return out.bytes(3, normalizer.toBytes()).toBytes();
    }

    /// The ids and names of the pieces that every file has, -1 for those that this one lacks.
    private void writeReserved(Protobuf.Writer trainer) {
        String[] names = {"", "<s>", "</s>", "<pad>"};
        trainer.integer(40, unk());
        for (int i = 1; i < names.length; i++) {
            int found = -1;
            for (int id = 0; id < pieces.size(); id++) {
                boolean control = pieces.get(id).type() == PieceType.CONTROL;
                found = control && pieces.get(id).text().equals(names[i]) ? id : found;
            }
            trainer.integer(40 + i, found);
        }
        trainer.text(45, pieces.get(unk()).text());
    }

    /// What has been read so far.
    private static final class Parts {

        private final List<Piece> pieces = new ArrayList<>();
        private ModelType modelType = ModelType.UNIGRAM;
        private boolean byteFallback;
        private boolean suffix;
        private String unkSurface = DEFAULT_UNK_SURFACE;
        private String normalization = "";
        private @Nullable CharsMap charsMap;
        private boolean dummyPrefix = true;
        private boolean removeExtra = true;
        private boolean escape = true;

        void addPiece(Protobuf.Reader in) {
            if (pieces.size() == Vocabulary.MAX_TOKENS) {
                throw in.refuse("is one too many; at most " + Vocabulary.MAX_TOKENS + " are read");
            }
            String text = "";
            float score = 0;
            int type = PieceType.NORMAL.number;
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> text = in.text("piece");
                    case 2 -> score = in.number("score");
                    case 3 -> type = in.integer("type");
                    default -> in.skip();
                }
            }
            if (text.isEmpty() || text.length() > LONGEST_PIECE) {
                throw in.refuse(
                        "has a piece of "
                                + text.length()
                                + " characters; expected 1 to "
                                + LONGEST_PIECE);
            }
            if (!Float.isFinite(score)) {
                throw in.refuse("has the score " + score + ", which is not finite");
            }
            pieces.add(new Piece(text, score, pieceType(in, type)));
        }

        private static PieceType pieceType(Protobuf.Reader in, int number) {
            for (PieceType each : PieceType.values()) {
                if (each.number == number) {
                    return each;
                }
            }
            throw in.refuse("has the type " + number + "; expected 1 to 6");
        }

        void readTrainer(Protobuf.Reader in) {
            while (in.next()) {
                switch (in.field()) {
                    case 3 -> modelType = modelType(in);
                    case 24 -> suffix = in.flag("treat_whitespace_as_suffix");
                    case 35 -> byteFallback = in.flag("byte_fallback");
                    case 44 -> unkSurface = in.text("unk_surface");
                    default -> in.skip();
                }
            }
        }

        private static ModelType modelType(Protobuf.Reader in) {
            int number = in.integer("model_type");
            for (ModelType each : ModelType.values()) {
                if (each.number == number) {
                    return each;
                }
            }
            throw in.refuse("has the model_type " + number + "; expected 1 to 4");
        }

        void readNormalizer(Protobuf.Reader in) {
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> normalization = in.text("name");
                    case 2 -> charsMap = charsMap(in);
                    case 3 -> dummyPrefix = in.flag("add_dummy_prefix");
                    case 4 -> removeExtra = in.flag("remove_extra_whitespaces");
                    case 5 -> escape = in.flag("escape_whitespaces");
                    default -> in.skip();
                }
            }
        }

        private static @Nullable CharsMap charsMap(Protobuf.Reader in) {
            byte[] bytes = in.bytes("precompiled_charsmap");
            try {
                return bytes.length == 0 ? null : CharsMap.read(bytes);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "normalizer_spec.precompiled_charsmap " + e.getMessage(), e);
            }
        }

        void checkDenormalizer(Protobuf.Reader in) {
            while (in.next()) {
                if (in.field() == 2 && in.bytes("precompiled_charsmap").length > 0) {
                    throw in.refuse("has rules, and rules of decoding are not supported");
                } else if (in.field() != 2) {
                    in.skip();
                }
            }
        }

        SentencePieceFile file() {
            check();
            return new SentencePieceFile(
                    pieces,
                    modelType,
                    byteFallback,
                    suffix,
                    unkSurface,
                    normalization,
                    charsMap,
                    dummyPrefix,
                    removeExtra,
                    escape);
        }

        private void check() {
            Set<String> texts = new HashSet<>();
            boolean[] bytes = new boolean[256];
            int unknown = 0;
            for (int id = 0; id < pieces.size(); id++) {
                Piece piece = pieces.get(id);
                String field = "pieces[" + id + "] " + JsonSection.quote(piece.text());
                if (!texts.add(piece.text())) {
                    throw new IllegalArgumentException(field + " stands there twice");
                }
                unknown += piece.type() == PieceType.UNKNOWN ? 1 : 0;
                if (piece.type() == PieceType.BYTE) {
                    int value = ByteFallback.byteOf(piece.text());
                    if (value < 0 || !byteFallback) {
                        throw new IllegalArgumentException(
                                field
                                        + " is of type BYTE; expected <0x00> to <0xFF>, and"
                                        + " byte_fallback true");
                    }
                    bytes[value] = true;
                }
            }
            if (unknown != 1) {
                throw new IllegalArgumentException(
                        "pieces holds " + unknown + " of type UNKNOWN; expected one");
            }
            boolean[] all = new boolean[256];
            Arrays.fill(all, true);
            if (byteFallback && !Arrays.equals(all, bytes)) {
                throw new IllegalArgumentException(
                        "trainer_spec.byte_fallback is true, but pieces does not hold all 256"
                                + " bytes");
            }
        }
    }
}
