/// What GGUF files call the architectures, their settings and their tensors: one table for each,
/// beside the families that say what `config.json` and safetensors call them.
@NullMarked
package io.tornadogpt.core.model.gguf;

import org.jspecify.annotations.NullMarked;
