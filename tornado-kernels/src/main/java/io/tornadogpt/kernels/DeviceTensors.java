package io.tornadogpt.kernels;

import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Where the tensors of a program lie on the device: each in an array, at a [Place].
public interface DeviceTensors {
    /// The array that holds an F32 tensor.
    FloatArray floats(Tensor tensor);

    /// The array that holds a tensor of BF16, Q8_0 or Q4_0.
    ByteArray bytes(Tensor tensor);

    /// The array that holds an I32 tensor.
    IntArray integers(Tensor tensor);

    /// Where in its array a tensor is, as kernels take it: counted in bytes where the array has
    /// bytes, in elements elsewhere.
    long place(Tensor tensor);

    /// `[1]`: the layer that a repeated graph is at.
    IntArray layer();

    /// An array whose first element is 0, for integers that are not there.
    IntArray zero();

    /// What the kernels of one op hand to each other; large enough for every op of the session.
    FloatArray floatScratch();

    /// As [#floatScratch].
    IntArray integerScratch();

    /// The elements of a tensor.
    default int elements(Tensor tensor) {
        return Math.toIntExact(tensor.elements());
    }

    /// The place of a tensor that may be missing; a kernel does not use the place of a missing one.
    default long placeOrWhole(@Nullable Tensor tensor) {
        return tensor == null ? Place.WHOLE : place(tensor);
    }

    /// The array of a tensor that may be missing. A task needs an array for each argument, and what
    /// it writes must be its last use of an array, so a missing tensor's argument takes an array
    /// that comes before it.
    ///
    /// @param other a tensor whose array comes before in the arguments, and is not written
    default FloatArray floatsOr(@Nullable Tensor tensor, Tensor other) {
        return floats(tensor == null ? other : tensor);
    }

    /// The array of integers that may be missing; one that starts with 0 stands for them.
    default IntArray integersOrZero(@Nullable Tensor tensor) {
        return tensor == null ? zero() : integers(tensor);
    }
}
