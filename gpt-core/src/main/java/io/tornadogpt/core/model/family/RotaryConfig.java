package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;

/// Rotary positions as configurations say them: `rope_theta` and `rope_scaling` (transformers 4),
/// or both in `rope_parameters` (transformers 5).
final class RotaryConfig {
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String SCALING = "rope_scaling";
    private static final String TYPE = "rope_type";
    private static final String OLD_TYPE = "type";
    private static final String FACTOR = "factor";
    private static final String TRAINED = "original_max_position_embeddings";

    private static final String PART = "partial_rotary_factor";

    /// What angles grow by where nothing is said.
    static final double BASE = 10_000;

    /// Angles as they are.
    static final RotaryScaling NO_SCALING = new RotaryScaling.None();

    private RotaryConfig() {}

    /// Refuses a configuration that turns a part of each head only, in families that do not.
    static void requireWhole(ConfigDocument config) throws ModelFileException {
        if (part(config, 1) != 1) {
            throw config.bad(
                    PART, "turns a part of each head only, which this family does not support");
        }
    }

    /// Which part of each head is turned, above 0 and at most 1.
    static double part(ConfigDocument config, double otherwise) throws ModelFileException {
        double part = config.positive(PART, otherwise);
        if (config.has(PARAMETERS)) {
            part = config.object(PARAMETERS).positive(PART, part);
        }
        if (part > 1) {
            throw config.bad(PART, "is %s; expected at most 1".formatted(part));
        }
        return part;
    }

    /// The elements of each head that are turned.
    static int turned(ConfigDocument config, int headSize, double part) throws ModelFileException {
        int turned = (int) (headSize * part);
        if (turned < 2 || turned % 2 != 0) {
            throw config.bad(
                    PART,
                    "is %s, which turns %d of the %d elements of a head; expected an even number >= 2"
                            .formatted(part, turned, headSize));
        }
        return turned;
    }

    /// The angles of a part of each head that may be odd, as GPT-NeoX's may: it turns one element
    /// more then, and its angles grow as for the odd number, which a larger base comes to.
    ///
    /// @param angles as they are configured
    /// @param part of a head that is turned
    static Position.Rotary rounded(
            ConfigDocument config, Position.Angles angles, int headSize, double part)
            throws ModelFileException {
        int turned = (int) (headSize * part);
        if (turned % 2 == 0 || turned >= headSize || !growsByBaseAlone(angles.scaling())) {
            return new Position.Rotary(
                    turned(config, headSize, part), angles.base(), angles.scaling());
        }
        int even = turned + 1;
        double base = Math.pow(angles.base(), (double) even / turned);
        return new Position.Rotary(even, base, angles.scaling());
    }

    private static boolean growsByBaseAlone(RotaryScaling scaling) {
        return switch (scaling) {
            case RotaryScaling.None _, RotaryScaling.Linear _, RotaryScaling.Llama3 _ -> true;
            case RotaryScaling.Dynamic _, RotaryScaling.Yarn _ -> false;
        };
    }

    /// The part of each head that is turned, as a number of which readers that cut off what is
    /// behind the point get the same number of elements again.
    static double part(int size, int headSize) {
        double part = (double) size / headSize;
        return (int) (headSize * part) == size ? part : Math.nextUp(part);
    }

    /// Writes which part of each head is turned, behind [#write].
    static void writePart(double part, ObjectNode config) {
        config.put(PART, part);
        if (config.get(PARAMETERS) instanceof ObjectNode parameters) {
            parameters.put(PART, part);
        }
    }

    /// The angles of layers of one type.
    ///
    /// @param type key in `rope_parameters`
    /// @param base where none is given there
    /// @param otherwise how angles are scaled where nothing is said there
    static Position.Angles ofType(
            ConfigDocument config, String type, double base, RotaryScaling otherwise, int context)
            throws ModelFileException {
        if (!config.has(PARAMETERS) || !config.object(PARAMETERS).has(type)) {
            return new Position.Angles(base, otherwise);
        }
        ConfigDocument parameters = config.object(PARAMETERS).object(type);
        requireWhole(parameters);
        return new Position.Angles(parameters.positive(THETA, base), scaling(parameters, context));
    }

    /// How angles are scaled by `rope_scaling` alone.
    static RotaryScaling scalingOf(ConfigDocument config, int context) throws ModelFileException {
        return config.has(SCALING)
                ? scaling(config.object(SCALING), context)
                : new RotaryScaling.None();
    }

    /// Writes the angles of layers of one type into `rope_parameters`.
    static void writeType(String type, Position.Angles angles, ObjectNode config) {
        ObjectNode parameters =
                config.get(PARAMETERS) instanceof ObjectNode there
                        ? there
                        : config.putObject(PARAMETERS);
        ObjectNode ofType = parameters.putObject(type);
        write(angles.scaling(), ofType);
        ofType.put(THETA, angles.base());
    }

    /// Writes `rope_scaling`, where there is something to say.
    static void writeScaling(RotaryScaling scaling, ObjectNode config) {
        if (!(scaling instanceof RotaryScaling.None)) {
            write(scaling, config.putObject(SCALING));
        }
    }

    /// The angles of all layers.
    ///
    /// @param base where none is given
    /// @param context the longest sequence
    static Position.Angles read(ConfigDocument config, double base, int context)
            throws ModelFileException {
        return read(config, THETA, base, context);
    }

    /// The angles of all layers.
    ///
    /// @param key of the base, beside `rope_parameters`
    static Position.Angles read(ConfigDocument config, String key, double base, int context)
            throws ModelFileException {
        double theta = config.positive(key, base);
        if (config.has(PARAMETERS)) {
            ConfigDocument parameters = config.object(PARAMETERS);
            return new Position.Angles(
                    parameters.positive(THETA, theta), scaling(parameters, context));
        }
        if (!config.has(SCALING)) {
            return new Position.Angles(theta, new RotaryScaling.None());
        }
        return new Position.Angles(theta, scaling(config.object(SCALING), context));
    }

    /// What an object with the keys of `rope_scaling` says.
    static RotaryScaling scaling(ConfigDocument config, int context) throws ModelFileException {
        String type = config.text(TYPE, config.text(OLD_TYPE, "default"));
        return switch (type) {
            case "default" -> new RotaryScaling.None();
            case "linear" -> new RotaryScaling.Linear(factor(config));
            case "dynamic" ->
                    new RotaryScaling.Dynamic(factor(config), config.integer(TRAINED, context));
            case "llama3" ->
                    new RotaryScaling.Llama3(
                            factor(config),
                            config.positive("low_freq_factor", 1),
                            config.positive("high_freq_factor", 4),
                            config.integer(TRAINED, context));
            case "yarn" -> yarn(config, context);
            default ->
                    throw config.bad(
                            config.has(TYPE) ? TYPE : OLD_TYPE,
                            "is %s; supported: default, linear, dynamic, llama3, yarn"
                                    .formatted(BadFileException.quote(type)));
        };
    }

    private static double factor(ConfigDocument config) throws ModelFileException {
        if (!config.has(FACTOR)) {
            throw config.bad(FACTOR, "is missing; expected a number above 0");
        }
        return config.positive(FACTOR, 1);
    }

    private static RotaryScaling yarn(ConfigDocument config, int context)
            throws ModelFileException {
        int trained = config.integer(TRAINED, context);
        double factor =
                config.has(FACTOR) ? factor(config) : Math.max(1.0, (double) context / trained);
        for (String key : new String[] {"mscale", "mscale_all_dim"}) {
            if (config.has(key)) {
                throw config.bad(key, "is %s, which is not supported".formatted(config.shown(key)));
            }
        }
        return new RotaryScaling.Yarn(
                factor,
                trained,
                config.positive("beta_fast", 32),
                config.positive("beta_slow", 1),
                config.positive("attention_factor", RotaryScaling.Yarn.attention(factor)),
                config.flag("truncate", true));
    }

    /// Writes angles so that both generations of transformers read them.
    static void write(Position.Angles angles, ObjectNode config) {
        config.put(THETA, angles.base());
        ObjectNode parameters = config.putObject(PARAMETERS);
        write(angles.scaling(), parameters);
        parameters.put(THETA, angles.base());
        if (!(angles.scaling() instanceof RotaryScaling.None)) {
            write(angles.scaling(), config.putObject(SCALING));
        }
    }

    private static void write(RotaryScaling scaling, ObjectNode to) {
        switch (scaling) {
            case RotaryScaling.None _ -> to.put(TYPE, "default");
            case RotaryScaling.Linear(double factor) -> to.put(TYPE, "linear").put(FACTOR, factor);
            case RotaryScaling.Dynamic(double factor, int trained) ->
                    to.put(TYPE, "dynamic").put(FACTOR, factor).put(TRAINED, trained);
            case RotaryScaling.Llama3 llama ->
                    to.put(TYPE, "llama3")
                            .put(FACTOR, llama.factor())
                            .put("low_freq_factor", llama.low())
                            .put("high_freq_factor", llama.high())
                            .put(TRAINED, llama.trained());
            case RotaryScaling.Yarn yarn ->
                    to.put(TYPE, "yarn")
                            .put(FACTOR, yarn.factor())
                            .put(TRAINED, yarn.trained())
                            .put("beta_fast", yarn.fast())
                            .put("beta_slow", yarn.slow())
                            .put("attention_factor", yarn.attention())
                            .put("truncate", yarn.truncated());
        }
    }
}
