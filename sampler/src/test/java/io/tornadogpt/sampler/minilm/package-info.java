/// A published sentence encoder, taken from an artifact that holds it as ONNX.
@NullMarked
package io.tornadogpt.sampler.minilm;

import org.jspecify.annotations.NullMarked;
