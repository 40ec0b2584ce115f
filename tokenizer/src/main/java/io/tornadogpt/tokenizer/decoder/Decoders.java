package io.tornadogpt.tokenizer.decoder;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.StageReaders;
import io.tornadogpt.tokenizer.pretokenizer.PrependScheme;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The decoders that need whole tokens only, and the table of all types.
public final class Decoders {

    public static final StageReaders<Decoder> READERS =
            new StageReaders<>(
                    Map.ofEntries(
                            entry("ByteLevel", ByteLevel::read),
                            entry("ByteFallback", s -> new ByteFallback()),
                            entry("Fuse", s -> new Fuse()),
                            entry("Replace", Replace::read),
                            entry("Strip", Strip::read),
                            entry("WordPiece", WordPiece::read),
                            entry("Metaspace", Metaspace::read),
                            entry("BPEDecoder", BpeDecoder::read),
                            entry("CTC", Ctc::read),
                            entry("Sequence", Sequence::read)));

    private Decoders() {}

    /// Reads a section; null where there is none.
    public static @Nullable Decoder read(JsonSection section) throws TokenizerFormatException {
        return section.isNull() ? null : READERS.read(section);
    }

    /// A space before each token but the first and those that begin with `prefix`, which goes.
    ///
    /// @param cleanup whether spaces before punctuation and English contractions go
    public record WordPiece(String prefix, boolean cleanup) implements Decoder {
        static WordPiece read(JsonSection section) throws TokenizerFormatException {
            String prefix = section.textOrNull("prefix");
            return new WordPiece(prefix == null ? "##" : prefix, section.flag("cleanup", true));
        }

        @Override
        public String type() {
            return "WordPiece";
        }

        @Override
        public Step before(Step next) {
            return new TokenStep(next) {
                private boolean first = true;

                @Override
                void token(String token) {
                    String text = token;
                    if (!first) {
                        text =
                                token.startsWith(prefix)
                                        ? token.substring(prefix.length())
                                        : " " + token;
                    }
                    first = false;
                    hand(cleanup ? cleaned(text) : text);
                }
            };
        }

        static String cleaned(String text) {
            return text.replace(" .", ".")
                    .replace(" ?", "?")
                    .replace(" !", "!")
                    .replace(" ,", ",")
                    .replace(" ' ", "'")
                    .replace(" n't", "n't")
                    .replace(" 'm", "'m")
                    .replace(" do not", " don't")
                    .replace(" 's", "'s")
                    .replace(" 've", "'ve")
                    .replace(" 're", "'re");
        }

        @Override
        public void write(ObjectNode section) {
            section.put("prefix", prefix);
            section.put("cleanup", cleanup);
        }
    }

    /// Spaces for the character that stands for them; the first token's go where the encoder put
    /// one before the text.
    public record Metaspace(String replacement, PrependScheme scheme, boolean split)
            implements Decoder {
        static Metaspace read(JsonSection section) throws TokenizerFormatException {
            PrependScheme scheme = PrependScheme.read(section);
            return new Metaspace(
                    Character.toString(section.character("replacement")),
                    scheme,
                    section.flag("split", true));
        }

        @Override
        public String type() {
            return "Metaspace";
        }

        @Override
        public Step before(Step next) {
            return new TokenStep(next) {
                private boolean drops = scheme != PrependScheme.NEVER;

                @Override
                void token(String token) {
                    hand(token.replace(replacement, drops ? "" : " "));
                    drops = false;
                }
            };
        }

        @Override
        public void write(ObjectNode section) {
            section.put("replacement", replacement);
            section.put("prepend_scheme", scheme.spelled());
            section.put("split", split);
        }
    }

    /// A space for the suffix that ends a word, but not for the last token's.
    public record BpeDecoder(String suffix) implements Decoder {
        static BpeDecoder read(JsonSection section) throws TokenizerFormatException {
            String suffix = section.textOrNull("suffix");
            return new BpeDecoder(suffix == null ? "</w>" : suffix);
        }

        @Override
        public String type() {
            return "BPEDecoder";
        }

        @Override
        public Step before(Step next) {
            return new TokenStep(next) {
                private @Nullable String held;

                @Override
                void token(String token) {
                    if (held != null) {
                        hand(held.replace(suffix, " "));
                    }
                    held = token;
                }

                @Override
                public void end() {
                    if (held != null) {
                        hand(held.replace(suffix, ""));
                        held = null;
                    }
                    super.end();
                }
            };
        }

        @Override
        public void write(ObjectNode section) {
            section.put("suffix", suffix);
        }
    }

    /// Connectionist temporal classification: repeated tokens are one, padding goes.
    public record Ctc(String padToken, String wordDelimiterToken, boolean cleanup)
            implements Decoder {
        static Ctc read(JsonSection section) throws TokenizerFormatException {
            return new Ctc(
                    section.text("pad_token"),
                    section.text("word_delimiter_token"),
                    section.flag("cleanup", true));
        }

        @Override
        public String type() {
            return "CTC";
        }

        @Override
        public Step before(Step next) {
            return new TokenStep(next) {
                private @Nullable String last;

                @Override
                void token(String token) {
                    if (token.equals(last)) {
                        return;
                    }
                    last = token;
                    String text = padToken.isEmpty() ? token : token.replace(padToken, "");
                    if (cleanup) {
                        text = WordPiece.cleaned(text).replace(wordDelimiterToken, " ");
                    }
                    if (!text.isEmpty()) {
                        hand(text);
                    }
                }
            };
        }

        @Override
        public void write(ObjectNode section) {
            section.put("pad_token", padToken);
            section.put("word_delimiter_token", wordDelimiterToken);
            section.put("cleanup", cleanup);
        }
    }

    /// One decoder after the other.
    public record Sequence(List<Decoder> decoders) implements Decoder {
        public Sequence {
            decoders = List.copyOf(decoders);
        }

        static Sequence read(JsonSection section) throws TokenizerFormatException {
            List<Decoder> all = new ArrayList<>();
            for (JsonSection each : section.list("decoders")) {
                all.add(READERS.read(each));
            }
            return new Sequence(all);
        }

        @Override
        public String type() {
            return "Sequence";
        }

        @Override
        public Step before(Step next) {
            Step step = next;
            for (Decoder each : decoders.reversed()) {
                step = each.before(step);
            }
            return step;
        }

        @Override
        public void write(ObjectNode section) {
            ArrayNode array = section.putArray("decoders");
            decoders.forEach(each -> array.add(each.toJson()));
        }
    }
}
