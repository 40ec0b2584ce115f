package io.tornadogpt.core.model.adapter;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.adapter.LoraAdapter.LowRank;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.graph.Parameter;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Finds the layers of a model that the names in a [LoraConfig] mean.
final class Targets {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.\\-]+");

    private final ModelConfig model;
    private final LinearLayers linear;

    Targets(ModelConfig model) {
        this.model = model;
        this.linear = new LinearLayers(model);
    }

    /// @throws IllegalArgumentException where a name means no layer, or some blocks only
    LoraAdapter resolve(LoraConfig config) {
        Set<Part> saved = saved(config.modulesToSave());
        Map<Part, LowRank> layers = new EnumMap<>(Part.class);
        for (LinearLayer layer : targets(config.targets(), saved)) {
            for (Part part : layer.parts()) {
                layers.put(part, new LowRank(layer.module(), config.rank(), config.alpha()));
            }
        }
        requireOneLayout(layers.keySet());
        return new LoraAdapter("", layers, config.dropout(), config.rslora(), saved);
    }

    private static void requireOneLayout(Set<Part> parts) {
        boolean apart =
                parts.contains(Part.QUERY)
                        || parts.contains(Part.KEY)
                        || parts.contains(Part.VALUE);
        if (apart && parts.contains(Part.QUERY_KEY_VALUE)) {
            throw new IllegalArgumentException(
                    "lora.targets names the layer of queries, keys and values and one of the three"
                            + " too; name either");
        }
    }

    private List<LinearLayer> targets(List<String> targets, Set<Part> saved) {
        if (targets.isEmpty()) {
            Set<Part> usual = model.family().adapted();
            return matching(layer -> usual.containsAll(layer.parts()));
        }
        if (targets.equals(List.of(LoraConfig.ALL_LINEAR))) {
            return matching(
                    layer ->
                            layer.inFiles()
                                    && !layer.parts().contains(Part.HEAD)
                                    && !layer.parts().contains(Part.CLASSIFIER)
                                    && layer.parts().stream().noneMatch(saved::contains));
        }
        if (targets.size() == 1 && !PLAIN.matcher(targets.getFirst()).matches()) {
            return expression(targets.getFirst());
        }
        var found = new ArrayList<LinearLayer>();
        for (String target : targets) {
            List<LinearLayer> matching = matching(layer -> ends(layer.module(), target));
            if (matching.isEmpty()) {
                throw unknown(target);
            }
            matching.stream().filter(layer -> !found.contains(layer)).forEach(found::add);
        }
        return found;
    }

    private List<LinearLayer> expression(String target) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(target);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "lora.targets is %s, which is neither names nor a regular expression (%s)"
                            .formatted(BadFileException.quote(target), e.getDescription()),
                    e);
        }
        List<LinearLayer> found =
                matching(
                        layer ->
                                layer.inFiles()
                                        && inAllBlocks(
                                                layer.module(),
                                                name -> pattern.matcher(name).matches()));
        if (found.isEmpty()) {
            throw unknown(target);
        }
        return found;
    }

    private List<LinearLayer> matching(Predicate<LinearLayer> condition) {
        return linear.all().stream().filter(condition).toList();
    }

    private boolean ends(String module, String target) {
        return inAllBlocks(module, name -> name.equals(target) || name.endsWith("." + target));
    }

    /// Whether a condition holds for the names of a layer in all blocks.
    ///
    /// @throws IllegalArgumentException where it holds for some only
    private boolean inAllBlocks(String module, Predicate<String> condition) {
        if (!module.contains("*")) {
            return condition.test(module);
        }
        int layers = model.architecture().layers();
        List<String> names =
                IntStream.range(0, layers)
                        .mapToObj(layer -> module.replace("*", Integer.toString(layer)))
                        .toList();
        List<String> found = names.stream().filter(condition).toList();
        if (!found.isEmpty() && found.size() < layers) {
            throw new IllegalArgumentException(
                    "an adapter of %s and not of all %d blocks is not supported; choose names without the number of a block"
                            .formatted(found.getFirst(), layers));
        }
        return !found.isEmpty();
    }

    private IllegalArgumentException unknown(String target) {
        String known =
                linear.all().stream()
                        .map(layer -> LinearLayers.withoutBlock(layer.module()))
                        .distinct()
                        .collect(Collectors.joining(", "));
        return new IllegalArgumentException(
                "lora.targets has %s, which is no linear layer that can be adapted in this %s model; it has %s"
                        .formatted(
                                BadFileException.quote(target), model.family().modelType(), known));
    }

    private Set<Part> saved(List<String> names) {
        Set<Part> parts = EnumSet.noneOf(Part.class);
        if (model.task() instanceof Task.Labels) {
            parts.add(Part.CLASSIFIER);
            if (all().contains(Part.CLASSIFIER_TRANSFORM)) {
                parts.add(Part.CLASSIFIER_TRANSFORM);
            }
        }
        for (String name : names) {
            Set<Part> found =
                    all().stream()
                            .filter(part -> saves(model.family().module(part), name))
                            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Part.class)));
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        "%s, which an adapter is to keep as a whole, is no layer of this %s model"
                                .formatted(
                                        BadFileException.quote(name), model.family().modelType()));
            }
            if (found.contains(Part.TOKEN_EMBEDDING) && model.architecture().embedding().tied()) {
                throw new IllegalArgumentException(
                        "%s, which an adapter is to keep as a whole, is the head too (tied), which is not supported"
                                .formatted(BadFileException.quote(name)));
            }
            parts.addAll(found);
        }
        return parts;
    }

    private Set<Part> all() {
        var parts = EnumSet.noneOf(Part.class);
        for (Parameter parameter : linear.parameters()) {
            Part part = parameter.part();
            if (part != null) {
                parts.add(part);
            }
        }
        return parts;
    }

    /// Whether a name is the end of that of a layer, or of a module that holds it.
    private boolean saves(String module, String name) {
        var holders = new TreeSet<String>();
        for (int dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1)) {
            holders.add(module.substring(0, dot));
        }
        holders.add(module);
        return holders.stream().anyMatch(holder -> ends(holder, name));
    }
}
