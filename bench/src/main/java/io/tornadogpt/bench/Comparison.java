package io.tornadogpt.bench;

import java.io.IOException;

/// Two jobs that took turns.
///
/// @param first what came of the first
/// @param second what came of the second
/// @param ratio of their speeds in tokens a second, the second by the first, round by round
public record Comparison(Measurement first, Measurement second, Quartiles ratio) {

    /// How long it takes, besides two starts.
    ///
    /// @param warmUpSeconds of each before anything is measured
    /// @param seconds of each that are measured, in all
    /// @param rounds in which they take turns
    public record Pace(double warmUpSeconds, double seconds, int rounds) {
        public Pace {
            if (!(warmUpSeconds >= 0) || !(seconds > 0) || rounds < 1) {
                throw new IllegalArgumentException(
                        "warm-up of %s s, %s s to measure and %d rounds were asked for; expected 0 or more, more than 0, and 1 or more"
                                .formatted(warmUpSeconds, seconds, rounds));
            }
        }
    }

    /// Measures two processes by turns; who begins changes with every round, and machines that grow
    /// slower or faster meanwhile favour neither.
    public static Comparison of(PacedProcess first, PacedProcess second, Pace pace)
            throws IOException {
        PacedProcess[] processes = {first, second};
        for (PacedProcess process : processes) {
            process.burst(pace.warmUpSeconds(), Integer.MAX_VALUE);
        }
        var bursts = new Burst[2];
        var ratios = new double[pace.rounds()];
        for (int round = 0; round < ratios.length; round++) {
            var speed = new double[2];
            for (int turn = 0; turn < 2; turn++) {
                int i = (round + turn) % 2;
                PacedProcess process = processes[i];
                Burst burst = process.burst(pace.seconds() / pace.rounds(), Integer.MAX_VALUE);
                bursts[i] = round == 0 ? burst : bursts[i].and(burst);
                speed[i] = new Measurement(process.facts(), burst).tokensPerSecond();
            }
            ratios[round] = speed[1] / speed[0];
        }
        return new Comparison(
                new Measurement(first.facts(), bursts[0]),
                new Measurement(second.facts(), bursts[1]),
                Quartiles.of(ratios));
    }
}
