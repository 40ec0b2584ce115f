package io.tornadogpt.trainer.loop;

/// The last values of a series, and what is usual among them.
///
/// Used by one thread at a time.
public final class Recent {
    /// How many values are looked back at.
    public static final int WINDOW = 100;

    /// Of fewer values nothing is said.
    private static final int FEWEST = 20;

    private final double[] values = new double[WINDOW];
    private int count;
    private int next;

    /// Adds a value; one that is not finite is passed over.
    public void add(double value) {
        if (Double.isFinite(value)) {
            values[next] = value;
            next = (next + 1) % WINDOW;
            count = Math.min(count + 1, WINDOW);
        }
    }

    /// How many standard deviations a value lies above the mean; 0 where too few are known. Values
    /// that were all the same make infinitely much of any that is larger.
    public double deviations(double value) {
        if (count < FEWEST) {
            return 0;
        }
        double mean = mean();
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (values[i] - mean) * (values[i] - mean);
        }
        double deviation = Math.sqrt(squares / count);
        return value <= mean ? 0 : (value - mean) / deviation;
    }

    /// A value as a multiple of the mean; 0 where too few are known.
    public double multiple(double value) {
        return count < FEWEST ? 0 : value / mean();
    }

    private double mean() {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i];
        }
        return sum / count;
    }
}
