package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.kernels.Place;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Where the tensors of a program lie on the device: each in an array, at a [Place].
public interface DeviceTensors {
    /// The array that holds an F32 tensor.
    FloatArray floats(Tensor tensor);

    /// The array that holds an I32 tensor.
    IntArray integers(Tensor tensor);

    /// Where in its array a tensor is, as kernels take it.
    long place(Tensor tensor);

    /// `[1]`: the layer that a repeated graph is at.
    IntArray layer();

    /// An array whose first element is 0, for integers that are not there.
    IntArray zero();

    /// What the kernels of one op hand to each other; large enough for every op of the session.
    FloatArray floatScratch();

    /// As [#floatScratch].
    IntArray integerScratch();
}
