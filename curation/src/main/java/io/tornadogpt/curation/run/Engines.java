package io.tornadogpt.curation.run;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/// Engines by name.
public final class Engines {
    private static final String LOCAL = "local";

    private Engines() {}

    /// An engine.
    ///
    /// @param name `local`, or the name of one that an [EngineProvider] makes, with `:` and where
    ///   it is to work behind it, such as `spark:local[4]`
    /// @param threads of the local one
    /// @throws IllegalArgumentException where there is none of this name
    public static Engine named(String name, int threads) {
        if (name.equals(LOCAL)) {
            return new LocalEngine(threads);
        }
        int colon = name.indexOf(':');
        String kind = colon < 0 ? name : name.substring(0, colon);
        String where = colon < 0 ? "" : name.substring(colon + 1);
        List<String> names = new ArrayList<>(List.of(LOCAL));
        for (EngineProvider provider : ServiceLoader.load(EngineProvider.class)) {
            if (provider.name().equals(kind)) {
                return provider.open(where);
            }
            names.add(provider.name());
        }
        String hint =
                kind.equals("spark")
                        ? "; spark is in a module of its own, tornadogpt-curation-spark, which is"
                                + " not on the class path"
                        : "";
        throw new IllegalArgumentException(
                "there is no engine '%s'; there is %s%s"
                        .formatted(name, String.join(", ", names), hint));
    }
}
