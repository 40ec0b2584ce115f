package io.tornadogpt.evaluation.card;

/// What a card says that no file of a run knows.
///
/// @param name of the model
/// @param license by Hugging Face's short names, such as `apache-2.0`; `unknown` where nobody said
/// @param wattsPerThread of the machine for each thread that trained, for the estimate of energy
/// @param gramsPerKilowattHour of CO2, for the estimate of emissions
/// @param machine whether the processor, the memory and the system are named, and whole paths
public record CardSettings(
        String name,
        String license,
        double wattsPerThread,
        double gramsPerKilowattHour,
        boolean machine) {
    /// A guess for a core of a server under load, with its share of memory and cooling.
    public static final double USUAL_WATTS = 15;

    /// The mean of the world's electricity in 2023 by Ember's Global Electricity Review 2024.
    public static final double USUAL_GRAMS = 480;

    public CardSettings {
        if (name.isBlank() || name.contains("\n")) {
            throw new IllegalArgumentException(
                    "the model's name is '%s'; expected one line of text".formatted(name));
        }
        if (!license.matches("[a-z0-9.+-]+")) {
            throw new IllegalArgumentException(
                    "the license is '%s'; expected a short name as Hugging Face has them, such as apache-2.0, mit, other or unknown"
                            .formatted(license));
        }
        if (!(wattsPerThread > 0) || !(gramsPerKilowattHour >= 0)) {
            throw new IllegalArgumentException(
                    "an estimate with %s watts a thread and %s grams a kilowatt-hour means nothing; expected numbers above 0"
                            .formatted(wattsPerThread, gramsPerKilowattHour));
        }
    }

    /// A name, nothing said of the license, the usual factors, and no word of the machine.
    public static CardSettings named(String name) {
        return new CardSettings(name, "unknown", USUAL_WATTS, USUAL_GRAMS, false);
    }

    public CardSettings withLicense(String value) {
        return new CardSettings(name, value, wattsPerThread, gramsPerKilowattHour, machine);
    }

    public CardSettings withMachine(boolean value) {
        return new CardSettings(name, license, wattsPerThread, gramsPerKilowattHour, value);
    }
}
