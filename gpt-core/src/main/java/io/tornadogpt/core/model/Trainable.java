package io.tornadogpt.core.model;

import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.graph.AdaptedParameter.Kind;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.program.Autodiff;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Which parameters are trained, and how. It drives differentiation, the norm of gradients, the
/// optimizer and what a checkpoint holds: a frozen parameter has neither a gradient nor optimizer
/// state, and where nothing below a point is trained, nothing is differentiated below it.
///
/// @param parameters those that are trained, in the order of the model
public record Trainable(List<Trained> parameters) {
    /// A parameter, or some layers of one, that is trained.
    ///
    /// @param parameter of the model
    /// @param first layer that is trained, 0 for a parameter that is not stacked
    /// @param layers how many are, 0 for a parameter that is not stacked
    /// @param rateScale what the learning rate is multiplied by
    /// @param decays whether weight decay applies
    public record Trained(
            Parameter parameter, int first, int layers, double rateScale, boolean decays) {
        public Trained {
            if (!(rateScale >= 0 && Double.isFinite(rateScale))) {
                throw new IllegalArgumentException(
                        "the learning rate of %s is scaled by %s; expected a number >= 0"
                                .formatted(parameter.spec().name(), rateScale));
            }
        }

        /// All of a parameter, decay as it says itself.
        public static Trained all(Parameter parameter) {
            TensorSpec spec = parameter.spec();
            return new Trained(parameter, spec.first(), spec.layers(), 1, parameter.decays());
        }

        /// The same with another scale of the learning rate.
        public Trained withRateScale(double newScale) {
            return new Trained(parameter, first, layers, newScale, decays);
        }

        /// The same with or without decay.
        public Trained withDecay(boolean newDecays) {
            return new Trained(parameter, first, layers, rateScale, newDecays);
        }

        /// The declaration of its gradient: of the trained layers only.
        public TensorSpec gradient() {
            return Autodiff.gradient(parameter.spec(), first, layers);
        }

        /// The trained layers of the weight itself.
        public Tensor weight() {
            TensorSpec spec = parameter.spec();
            return spec.stacked() ? spec.range(first - spec.first(), layers) : spec.whole();
        }

        /// The optimizer's state: `m.NAME` and `v.NAME`, of the trained layers only.
        public List<TensorSpec> moments() {
            TensorSpec gradient = gradient();
            String name = parameter.spec().name();
            return List.of(
                    gradient.as("m." + name, Role.OPTIMIZER),
                    gradient.as("v." + name, Role.OPTIMIZER));
        }

        /// Number of trained weights.
        public long elements() {
            return gradient().elements();
        }
    }

    public Trainable {
        parameters = List.copyOf(parameters);
        if (parameters.isEmpty()) {
            throw new IllegalArgumentException(
                    "nothing is trained; choose at least one parameter of the model");
        }
    }

    /// All parameters of a model.
    public static Trainable all(Model model) {
        return new Trainable(model.parameters().stream().map(Trained::all).toList());
    }

    /// What is trained of a model where nothing else is said: its adapter, or all of it where it
    /// has none.
    public static Trainable of(Model model) {
        return model.adapter() == null ? all(model) : adapter(model);
    }

    /// The adapter of a model. A layer that it has as a whole and adapts too is frozen.
    ///
    /// @throws IllegalArgumentException where it has none
    public static Trainable adapter(Model model) {
        LoraAdapter adapter = model.adapter();
        if (adapter == null) {
            throw new IllegalArgumentException("the model has no adapter that could be trained");
        }
        return new Trainable(
                model.adapted().stream()
                        .filter(
                                p ->
                                        p.kind() != Kind.SAVED
                                                || !adapter.layers().containsKey(p.part()))
                        .map(p -> Trained.all(p.parameter()))
                        .toList());
    }

    /// The parameters of a model that are chosen by name, the number of the layer filled in:
    /// `transformer.h.11.mlp.c_fc.weight`.
    ///
    /// @throws IllegalArgumentException where nothing is chosen, or layers that do not lie side by
    ///   side
    public static Trainable where(Model model, Predicate<String> name) {
        return of(model.parameters(), name);
    }

    /// Those of these parameters that are chosen by name, as [#where(Model, Predicate)] does.
    public Trainable where(Predicate<String> name) {
        return of(parameters.stream().map(Trained::parameter).toList(), name);
    }

    /// As [#where], of any parameters.
    public static Trainable of(Collection<Parameter> parameters, Predicate<String> name) {
        var trained = new ArrayList<Trained>();
        for (Parameter parameter : parameters) {
            TensorSpec spec = parameter.spec();
            int from = 0;
            while (from < spec.slices() && !name.test(spec.sliceName(from))) {
                from++;
            }
            int to = from;
            while (to < spec.slices() && name.test(spec.sliceName(to))) {
                to++;
            }
            for (int rest = to; rest < spec.slices(); rest++) {
                if (name.test(spec.sliceName(rest))) {
                    throw new IllegalArgumentException(
                            "%s is to be trained and %s is not; the trained layers of a weight must lie side by side"
                                    .formatted(spec.sliceName(rest), spec.sliceName(rest - 1)));
                }
            }
            if (to > from) {
                Trained all = Trained.all(parameter);
                trained.add(
                        spec.stacked()
                                ? new Trained(
                                        parameter, spec.first() + from, to - from, 1, all.decays)
                                : all);
            }
        }
        return new Trainable(trained);
    }

    /// The declaration of a parameter's gradient, null where it is frozen.
    public @Nullable TensorSpec gradientOf(TensorSpec parameter) {
        return gradients().get(parameter);
    }

    private Map<TensorSpec, TensorSpec> gradients() {
        var gradients = new HashMap<TensorSpec, TensorSpec>();
        parameters.forEach(t -> gradients.put(t.parameter.spec(), t.gradient()));
        return gradients;
    }

    /// All gradients, in the order of the parameters.
    public List<TensorSpec> gradientSpecs() {
        return parameters.stream().map(Trained::gradient).toList();
    }

    /// All optimizer state.
    public List<TensorSpec> moments() {
        return parameters.stream().flatMap(t -> t.moments().stream()).toList();
    }

    /// Number of trained weights.
    public long elements() {
        return parameters.stream().mapToLong(Trained::elements).sum();
    }

    /// The layers at which a segment of blocks must begin, so that each of them trains all its
    /// layers of a weight or none.
    SortedSet<Integer> borders() {
        var borders = new TreeSet<Integer>();
        for (Trained trained : parameters) {
            if (trained.layers > 0) {
                borders.add(trained.first);
                borders.add(trained.first + trained.layers);
            }
        }
        return borders;
    }
}
