package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.Trainable.Trained;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// The maximal update parametrization, muP (Yang et al. 2022, "Tensor Programs V", table 8): how
/// weights start and how fast each of them learns, so that hidden states change equally much in
/// models of any width, and a learning rate that was found for a narrow one is right for a wide
/// one.
///
/// With m the width over the base width, Adam's rules are: hidden matrices start with a variance
/// that falls with m, and learn m times slower; logits are divided by m; scores of attention are
/// divided by the size of a head rather than by its root. The last two are multipliers of what a
/// layer puts out. Such a multiplier is the same training as a weight that starts so many times
/// smaller and, under Adam, learns so many times slower (lemma J.1 there): that of the logits is
/// taken into the last norm, that of the scores into the queries. So a model that was trained by
/// muP is a plain one of its family: its files need no scales, and any program computes the same
/// logits from them.
///
/// A width like the base's, with heads of the base's size, is trained as without muP, bit for bit.
///
/// @param baseWidth the width at which nothing is scaled
/// @param baseHeadSize the size of a head at which scores are not scaled
/// @param architecture of the model
public record Mup(int baseWidth, int baseHeadSize, Architecture architecture) {
    /// @throws IllegalArgumentException where the model has a form that these rules do not cover
    public Mup {
        boolean lastNorm =
                architecture.norms().last() && architecture.norms().kind().initialWeight() == 1;
        Head head = architecture.head();
        if (!lastNorm || head.transform() != null || head.logitCap() != 0) {
            throw new IllegalArgumentException(
                    "model.mup is %d, but logits of this model do not come straight from a last norm that starts as the identity, into which their scale could be taken; set model.mup=0"
                            .formatted(baseWidth));
        }
        if (architecture.attention().headNorm() != HeadNorm.NONE) {
            throw new IllegalArgumentException(
                    "model.mup is %d, but this model normalizes its queries, which takes away any scale; set model.mup=0"
                            .formatted(baseWidth));
        }
    }

    /// That of a model, null where none is asked for.
    static @Nullable Mup of(TrainConfig train, ModelConfig model) {
        Architecture architecture = model.architecture();
        int heads = architecture.attention().heads();
        int headSize =
                train.mupHeadSize() > 0 ? train.mupHeadSize() : Math.max(1, train.mup() / heads);
        return train.mup() == 0 ? null : new Mup(train.mup(), headSize, architecture);
    }

    /// m: how many times wider the model is than the base.
    double multiple() {
        return architecture.width() / (double) baseWidth;
    }

    /// What queries are multiplied by, so that scores of heads of size d, which are divided by
    /// `sqrt(d)`, are divided by `d / sqrt(base)`.
    double queries() {
        return Math.sqrt(baseHeadSize / (double) architecture.attention().headSize());
    }

    /// The model as a session trains it: queries are scaled, so they are a layer of their own.
    Model inSession(Model plain) {
        return queries() == 1 ? plain : plain.withQueriesApart();
    }

    /// What is trained, with the learning rates of muP.
    Trainable scaled(Trainable trained) {
        return new Trainable(
                trained.parameters().stream()
                        .map(p -> p.withRateScale(p.rateScale() * rate(p)))
                        .toList());
    }

    private double rate(Trained trained) {
        return rate(trained.parameter());
    }

    private double rate(Parameter parameter) {
        Part part = parameter.part();
        if (part == Part.FINAL_NORM) {
            return 1 / multiple();
        }
        double own = part == Part.QUERY ? queries() : 1;
        return isHidden(parameter) ? own / multiple() : own;
    }

    private static boolean isHidden(Parameter parameter) {
        Part part = parameter.part();
        return part != null && part.inBlock() && parameter.spec().shape().rank() == 2;
    }

    private double start(Parameter parameter) {
        if (parameter.part() == Part.FINAL_NORM) {
            return 1 / multiple();
        }
        double own = parameter.part() == Part.QUERY ? queries() : 1;
        return isHidden(parameter) ? own / Math.sqrt(multiple()) : own;
    }

    /// Scales the values that weights start with, once [Model#initialize] has written them.
    void initialize(Model model, Session session) {
        for (Parameter parameter : model.parameters()) {
            double factor = start(parameter);
            TensorSpec spec = parameter.spec();
            if (factor == 1 || !session.holds(spec)) {
                continue;
            }
            for (int slice = 0; slice < spec.slices(); slice++) {
                float[] values = session.readFloats(spec, slice);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (values[i] * factor);
                }
                session.writeFloats(spec, slice, values);
            }
        }
    }
}
