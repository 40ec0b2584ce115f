package io.tornadogpt.core.model.adapter;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Part;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// What an adapter changes of one model: a [LoraConfig] whose names are resolved.
///
/// @param name tells several adapters of one base in a session apart: their parameters, caches and
///   programs have it in their names; empty for the only one
/// @param layers the linear layers that are adapted
/// @param dropout probability of an element of a layer's input to be dropped while training
/// @param rslora how scales are made of alphas
/// @param saved layers that the adapter has of its own as a whole
public record LoraAdapter(
        String name, Map<Part, LowRank> layers, double dropout, boolean rslora, Set<Part> saved) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]*");

    /// What is added to one layer.
    ///
    /// @param module that `a` is named after, the number of the block written `*`; layers that
    ///   share it share `a`
    /// @param rank rows of `a`
    /// @param alpha what the scale is made of
    public record LowRank(String module, int rank, double alpha) {}

    public LoraAdapter {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "an adapter is called '%s'; use letters, digits, - and _".formatted(name));
        }
        if (layers.isEmpty() && saved.isEmpty()) {
            throw new IllegalArgumentException(
                    "an adapter that changes no layer; name at least one target");
        }
        layers = Collections.unmodifiableMap(copy(layers));
        var parts = EnumSet.noneOf(Part.class);
        parts.addAll(saved);
        saved = Collections.unmodifiableSet(parts);
    }

    private static Map<Part, LowRank> copy(Map<Part, LowRank> layers) {
        var copy = new EnumMap<Part, LowRank>(Part.class);
        copy.putAll(layers);
        return copy;
    }

    /// What settings mean for a model.
    ///
    /// @throws IllegalArgumentException where a target is no linear layer of the model
    public static LoraAdapter of(ModelConfig model, LoraConfig config) {
        return new Targets(model).resolve(config);
    }

    /// The same adapter under another name.
    public LoraAdapter named(String newName) {
        return new LoraAdapter(newName, layers, dropout, rslora, saved);
    }

    /// What is added to a layer.
    ///
    /// @throws IllegalArgumentException where nothing is
    public LowRank layer(Part part) {
        LowRank layer = layers.get(part);
        if (layer == null) {
            throw new IllegalArgumentException("the adapter does not change " + part);
        }
        return layer;
    }

    /// What a layer's low-rank product is multiplied by.
    public double scale(LowRank layer) {
        return layer.alpha / (rslora ? Math.sqrt(layer.rank) : layer.rank);
    }

    /// Whether queries, keys and values must be layers of their own, though the model may have them
    /// as one.
    public boolean apart() {
        return layers.containsKey(Part.QUERY)
                || layers.containsKey(Part.KEY)
                || layers.containsKey(Part.VALUE);
    }
}
