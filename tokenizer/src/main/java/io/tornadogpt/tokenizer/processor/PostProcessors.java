package io.tornadogpt.tokenizer.processor;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.json.StageReaders;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The post-processors that are a few lines each, and the table of all types.
public final class PostProcessors {

    public static final StageReaders<PostProcessor> READERS =
            new StageReaders<>(
                    Map.ofEntries(
                            entry("TemplateProcessing", TemplateProcessing::read),
                            entry("BertProcessing", BertProcessing::read),
                            entry("RobertaProcessing", RobertaProcessing::read),
                            entry("ByteLevel", ByteLevel::read),
                            entry("Sequence", Sequence::read)));

    private PostProcessors() {}

    /// Reads a section; null where there is none.
    public static @Nullable PostProcessor read(JsonSection section)
            throws TokenizerFormatException {
        return section.isNull() ? null : READERS.read(section);
    }

    /// A token by name and id, written `["[SEP]", 102]`.
    public record Token(String name, int id) {
        static Token read(JsonSection section) throws TokenizerFormatException {
            List<JsonSection> pair = section.elements();
            if (pair.size() != 2) {
                throw section.refuse("is " + section.shown() + "; expected [token, id]");
            }
            return new Token(pair.get(0).asText(), pair.get(1).asInteger(0, Integer.MAX_VALUE));
        }

        void write(ArrayNode array) {
            array.add(name).add(id);
        }
    }

    /// `[CLS] A [SEP]`, or `[CLS] A [SEP] B [SEP]` with the type 1 from B on.
    public record BertProcessing(Token sep, Token cls) implements PostProcessor {
        static BertProcessing read(JsonSection section) throws TokenizerFormatException {
            return new BertProcessing(
                    Token.read(section.child("sep")), Token.read(section.child("cls")));
        }

        @Override
        public String type() {
            return "BertProcessing";
        }

        @Override
        public List<Encoding> process(List<Encoding> parts) {
            List<Encoding> all = new ArrayList<>();
            for (Encoding part : parts) {
                boolean first = all.isEmpty();
                Encoding text = part.asText().plus(Encoding.special(sep.id(), first ? 0 : 1));
                all.add(first ? Encoding.special(cls.id(), 0).plus(text) : text);
            }
            return all;
        }

        @Override
        public int added(boolean pair) {
            return pair ? 3 : 2;
        }

        @Override
        public void write(ObjectNode section) {
            sep.write(section.putArray("sep"));
            cls.write(section.putArray("cls"));
        }
    }

    /// `<s> A </s>`, or `<s> A </s></s> B </s>`, all of type 0.
    public record RobertaProcessing(
            Token sep, Token cls, boolean trimOffsets, boolean addPrefixSpace)
            implements PostProcessor {
        static RobertaProcessing read(JsonSection section) throws TokenizerFormatException {
            return new RobertaProcessing(
                    Token.read(section.child("sep")),
                    Token.read(section.child("cls")),
                    section.flag("trim_offsets", true),
                    section.flag("add_prefix_space", true));
        }

        @Override
        public String type() {
            return "RobertaProcessing";
        }

        @Override
        public List<Encoding> process(List<Encoding> parts) {
            Encoding end = Encoding.special(sep.id(), 0);
            List<Encoding> all = new ArrayList<>();
            for (Encoding part : parts) {
                Encoding before = all.isEmpty() ? Encoding.special(cls.id(), 0) : end;
                all.add(before.plus(part.withType(0).asText()).plus(end));
            }
            return all;
        }

        @Override
        public int added(boolean pair) {
            return pair ? 4 : 2;
        }

        @Override
        public void write(ObjectNode section) {
            sep.write(section.putArray("sep"));
            cls.write(section.putArray("cls"));
            section.put("trim_offsets", trimOffsets);
            section.put("add_prefix_space", addPrefixSpace);
        }
    }

    /// Adds nothing; what it says concerns offsets, which are not computed here.
    public record ByteLevel(boolean addPrefixSpace, boolean trimOffsets, boolean useRegex)
            implements PostProcessor {
        static ByteLevel read(JsonSection section) throws TokenizerFormatException {
            return new ByteLevel(
                    section.flag("add_prefix_space", true),
                    section.flag("trim_offsets", true),
                    section.flag("use_regex", true));
        }

        @Override
        public String type() {
            return "ByteLevel";
        }

        @Override
        public List<Encoding> process(List<Encoding> parts) {
            return parts;
        }

        @Override
        public int added(boolean pair) {
            return 0;
        }

        @Override
        public void write(ObjectNode section) {
            section.put("add_prefix_space", addPrefixSpace);
            section.put("trim_offsets", trimOffsets);
            section.put("use_regex", useRegex);
        }
    }

    /// One after the other.
    public record Sequence(List<PostProcessor> processors) implements PostProcessor {
        public Sequence {
            processors = List.copyOf(processors);
        }

        static Sequence read(JsonSection section) throws TokenizerFormatException {
            List<PostProcessor> all = new ArrayList<>();
            for (JsonSection each : section.list("processors")) {
                all.add(READERS.read(each));
            }
            return new Sequence(all);
        }

        @Override
        public String type() {
            return "Sequence";
        }

        @Override
        public List<Encoding> process(List<Encoding> parts) {
            List<Encoding> all = parts;
            for (PostProcessor each : processors) {
                all = each.process(all);
            }
            return all;
        }

        @Override
        public int added(boolean pair) {
            return processors.stream().mapToInt(each -> each.added(pair)).sum();
        }

        @Override
        public void write(ObjectNode section) {
            ArrayNode array = section.putArray("processors");
            processors.forEach(each -> array.add(each.toJson()));
        }
    }
}
