package io.tornadogpt.curation.spark;

import io.tornadogpt.curation.read.Problem;
import io.tornadogpt.curation.run.BadCorpusException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;

/// What a task says of its piece.
///
/// @param seconds of each step, and last of signatures
/// @param place of bad input that ends the run; `null` where there is none
/// @param kind of it
/// @param detail of it
record PieceResult(double[] seconds, @Nullable String place, String kind, String detail)
        implements Serializable {
    static PieceResult of(String workDirectory, int piece) throws IOException {
        try {
            return new PieceResult(Jobs.of(workDirectory).runPiece(piece), null, "", "");
        } catch (BadCorpusException e) {
            // Trying it again would not help, as Spark would with an exception.
            Problem problem = e.input();
            return new PieceResult(
                    new double[0], problem.place(), problem.kind(), problem.detail());
        }
    }

    @Nullable Problem problem() {
        return place == null ? null : new Problem(place, kind, detail);
    }

    double[] added(double[] sum) {
        double[] added = Arrays.copyOf(sum, Math.max(sum.length, seconds.length));
        for (int i = 0; i < seconds.length; i++) {
            added[i] += seconds[i];
        }
        return added;
    }
}
