package io.tornadogpt.tokenizer.processor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.Encoding;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Special tokens and texts in the order that a template gives.
///
/// @param special what the names in templates stand for
public record TemplateProcessing(
        List<Part> single, List<Part> pair, Map<String, List<PostProcessors.Token>> special)
        implements PostProcessor {

    private static final int LARGEST_TYPE = 1 << 16;
    private static final int LONGEST = 1 << 10;

    /// One place of a template.
    public sealed interface Part {
        int typeId();

        /// A text: the first, or the second of a pair.
        record Text(boolean second, int typeId) implements Part {}

        /// Special tokens by name.
        record Special(String name, int typeId) implements Part {}
    }

    public TemplateProcessing {
        single = List.copyOf(single);
        pair = List.copyOf(pair);
        special = new LinkedHashMap<>(special);
    }

    /// One token before the text, one behind, or either.
    public static TemplateProcessing around(
            PostProcessors.@Nullable Token before, PostProcessors.@Nullable Token behind) {
        Map<String, List<PostProcessors.Token>> special = new LinkedHashMap<>();
        List<Part> single = new ArrayList<>();
        List<Part> pair = new ArrayList<>();
        for (int type = 0; type < 2; type++) {
            if (before != null) {
                pair.add(new Part.Special(before.name(), type));
                special.put(before.name(), List.of(before));
            }
            pair.add(new Part.Text(type == 1, type));
            if (behind != null) {
                pair.add(new Part.Special(behind.name(), type));
                special.put(behind.name(), List.of(behind));
            }
            if (type == 0) {
                single.addAll(pair);
            }
        }
        return new TemplateProcessing(single, pair, special);
    }

    /// BERT's: one token before, one behind each text; the second text has the type 1.
    public static TemplateProcessing bert(PostProcessors.Token cls, PostProcessors.Token sep) {
        List<Part> single =
                List.of(
                        new Part.Special(cls.name(), 0),
                        new Part.Text(false, 0),
                        new Part.Special(sep.name(), 0));
        List<Part> pair = new ArrayList<>(single);
        pair.add(new Part.Text(true, 1));
        pair.add(new Part.Special(sep.name(), 1));
        Map<String, List<PostProcessors.Token>> special = new LinkedHashMap<>();
        special.put(cls.name(), List.of(cls));
        special.put(sep.name(), List.of(sep));
        return new TemplateProcessing(single, pair, special);
    }

    static TemplateProcessing read(JsonSection section) throws TokenizerFormatException {
        Map<String, List<PostProcessors.Token>> special = new LinkedHashMap<>();
        for (Map.Entry<String, JsonSection> each :
                section.child("special_tokens").members().entrySet()) {
            special.put(each.getKey(), tokens(each.getValue()));
        }
        return new TemplateProcessing(
                parts(section, "single", special), parts(section, "pair", special), special);
    }

    private static List<PostProcessors.Token> tokens(JsonSection section)
            throws TokenizerFormatException {
        List<JsonSection> ids = section.list("ids");
        List<JsonSection> names = section.list("tokens");
        if (ids.size() != names.size() || ids.size() > LONGEST) {
            throw section.refuse(
                    "has "
                            + ids.size()
                            + " ids and "
                            + names.size()
                            + " tokens; expected as many of the one as of the other");
        }
        List<PostProcessors.Token> tokens = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            tokens.add(
                    new PostProcessors.Token(
                            names.get(i).asText(), ids.get(i).asInteger(0, Integer.MAX_VALUE)));
        }
        return tokens;
    }

    private static List<Part> parts(
            JsonSection section, String name, Map<String, List<PostProcessors.Token>> special)
            throws TokenizerFormatException {
        List<Part> parts = new ArrayList<>();
        for (JsonSection each : section.list(name)) {
            parts.add(part(each, special));
        }
        if (parts.size() > LONGEST) {
            throw section.child(name).refuse("has " + parts.size() + " parts; at most " + LONGEST);
        }
        return parts;
    }

    private static Part part(JsonSection section, Map<String, List<PostProcessors.Token>> special)
            throws TokenizerFormatException {
        if (section.has("Sequence")) {
            JsonSection body = section.child("Sequence");
            String id = body.text("id");
            if (!id.equals("A") && !id.equals("B")) {
                throw body.child("id").refuse("is \"" + id + "\"; expected \"A\" or \"B\"");
            }
            return new Part.Text(id.equals("B"), body.integer("type_id", 0, LARGEST_TYPE));
        }
        JsonSection body = section.child("SpecialToken");
        String id = body.text("id");
        if (!special.containsKey(id)) {
            throw body.child("id")
                    .refuse("is " + JsonSection.quote(id) + ", which special_tokens does not have");
        }
        return new Part.Special(id, body.integer("type_id", 0, LARGEST_TYPE));
    }

    @Override
    public String type() {
        return "TemplateProcessing";
    }

    /// Takes two parts for a pair of texts, whatever made them. More than two are one text.
    @Override
    public List<Encoding> process(List<Encoding> parts) {
        List<Encoding> texts = parts;
        if (parts.size() > 2) {
            texts = List.of(parts.stream().reduce(Encoding.EMPTY, Encoding::plus));
        }
        List<Encoding> all = new ArrayList<>();
        for (Part part : texts.size() == 2 ? pair : single) {
            switch (part) {
                case Part.Text text -> {
                    int index = text.second() ? 1 : 0;
                    if (index < texts.size()) {
                        all.add(texts.get(index).withType(text.typeId()));
                    }
                }
                case Part.Special token -> all.add(special(token));
            }
        }
        return all;
    }

    private Encoding special(Part.Special token) {
        Encoding all = Encoding.EMPTY;
        for (PostProcessors.Token each : special.getOrDefault(token.name(), List.of())) {
            all = all.plus(Encoding.special(each.id(), token.typeId()));
        }
        return all;
    }

    @Override
    public int added(boolean isPair) {
        int count = 0;
        for (Part part : isPair ? pair : single) {
            count += part instanceof Part.Special token ? special(token).size() : 0;
        }
        return count;
    }

    @Override
    public void write(ObjectNode section) {
        single.forEach(part -> write(part, section.withArray("single")));
        pair.forEach(part -> write(part, section.withArray("pair")));
        ObjectNode names = section.putObject("special_tokens");
        special.forEach(
                (name, tokens) -> {
                    ObjectNode token = names.putObject(name).put("id", name);
                    ArrayNode ids = token.putArray("ids");
                    ArrayNode spelled = token.putArray("tokens");
                    for (PostProcessors.Token each : tokens) {
                        ids.add(each.id());
                        spelled.add(each.name());
                    }
                });
    }

    private static void write(Part part, ArrayNode to) {
        switch (part) {
            case Part.Text text ->
                    to.addObject()
                            .putObject("Sequence")
                            .put("id", text.second() ? "B" : "A")
                            .put("type_id", text.typeId());
            case Part.Special token ->
                    to.addObject()
                            .putObject("SpecialToken")
                            .put("id", token.name())
                            .put("type_id", token.typeId());
        }
    }
}
