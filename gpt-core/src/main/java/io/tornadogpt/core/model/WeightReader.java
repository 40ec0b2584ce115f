package io.tornadogpt.core.model;

import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;

/// Where a model's weights are: a session, or a file.
@FunctionalInterface
public interface WeightReader {
    /// Zeros for every weight.
    WeightReader ZEROS = (weight, slice) -> new float[Math.toIntExact(weight.shape().elements())];

    /// One slice of a weight.
    ///
    /// @param weight the spec of one of [Model#parameters()]
    /// @param slice layer of a stacked weight, 0 for one that is not stacked
    float[] read(TensorSpec weight, int slice) throws IOException;
}
