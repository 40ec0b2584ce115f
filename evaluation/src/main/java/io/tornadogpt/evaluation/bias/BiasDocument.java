package io.tornadogpt.evaluation.bias;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import io.tornadogpt.evaluation.EvaluationFileException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A probe as it stands in a JSON file; [BiasProbe] shows one.
///
/// @param path of the file
record BiasDocument(Path path) {
    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private static final Pattern FIELD = Pattern.compile("\\{(\\w+)}");

    private record Content(
            @JsonProperty(required = true) String name,
            @JsonProperty(required = true) Map<String, Map<String, String>> groups,
            @Nullable List<String> templates,
            @Nullable Map<String, List<String>> fields,
            @Nullable List<Map<String, String>> pairs) {}

    BiasProbe read() throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new EvaluationFileException(path, "the probe", "is not there", "check the path");
        }
        Content content;
        try {
            content = JSON.readValue(Files.readAllBytes(path), Content.class);
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new EvaluationFileException(
                    path,
                    "the probe",
                    "is not as expected (" + reason + ")",
                    "correct it; docs/evaluation.md shows one",
                    e);
        }
        List<String> groups = List.copyOf(content.groups.keySet());
        var texts = new ArrayList<BiasProbe.Texts>();
        for (String template : Objects.requireNonNullElse(content.templates, List.<String>of())) {
            texts.addAll(filled(template, content));
        }
        for (Map<String, String> pair :
                Objects.requireNonNullElse(content.pairs, List.<Map<String, String>>of())) {
            if (!pair.keySet().equals(content.groups.keySet())) {
                throw wrong(
                        "pairs",
                        "has one of %s; expected a text for each of %s"
                                .formatted(pair.keySet(), groups));
            }
            texts.add(new BiasProbe.Texts("", groups.stream().map(pair::get).toList()));
        }
        try {
            return new BiasProbe(content.name, groups, texts);
        } catch (IllegalArgumentException e) {
            throw wrong("the probe", "cannot be used: " + e.getMessage());
        }
    }

    /// A template with each combination of the fields that it names, in the words of each group.
    private List<BiasProbe.Texts> filled(String template, Content content) throws IOException {
        Map<String, List<String>> fields = Objects.requireNonNullElse(content.fields, Map.of());
        List<Map<String, String>> combinations = List.of(Map.of());
        for (String name : names(template)) {
            List<String> values = fields.get(name);
            if (values != null) {
                var longer = new ArrayList<Map<String, String>>();
                for (Map<String, String> begun : combinations) {
                    for (String value : values) {
                        var with = new LinkedHashMap<>(begun);
                        with.put(name, value);
                        longer.add(with);
                    }
                }
                combinations = longer;
            }
        }
        var all = new ArrayList<BiasProbe.Texts>();
        for (Map<String, String> combination : combinations) {
            var ofGroups = new ArrayList<String>();
            for (Map.Entry<String, Map<String, String>> group : content.groups.entrySet()) {
                var words = new LinkedHashMap<>(combination);
                words.putAll(group.getValue());
                ofGroups.add(filled(template, words, group.getKey()));
            }
            all.add(new BiasProbe.Texts(String.join(", ", combination.values()), ofGroups));
        }
        return all;
    }

    private static List<String> names(String template) {
        return FIELD.matcher(template).results().map(found -> found.group(1)).distinct().toList();
    }

    private String filled(String template, Map<String, String> words, String group)
            throws IOException {
        var text = new StringBuilder();
        Matcher matcher = FIELD.matcher(template);
        int from = 0;
        while (matcher.find()) {
            String word = words.get(matcher.group(1));
            if (word == null) {
                throw wrong(
                        "templates",
                        "has {%s}, which is no field and no word of the group '%s'"
                                .formatted(matcher.group(1), group));
            }
            text.append(template, from, matcher.start()).append(word);
            from = matcher.end();
        }
        return text.append(template.substring(from)).toString();
    }

    private EvaluationFileException wrong(String field, String problem) {
        return new EvaluationFileException(path, field, problem, "correct it");
    }
}
