/// Low-rank adapters of a model (LoRA): what they are, and PEFT's files of them.
///
/// Start at [io.tornadogpt.core.model.adapter.LoraConfig] for a new adapter, and at
/// [io.tornadogpt.core.model.AdaptedModel] for one on disk.
@NullMarked
package io.tornadogpt.core.model.adapter;

import org.jspecify.annotations.NullMarked;
