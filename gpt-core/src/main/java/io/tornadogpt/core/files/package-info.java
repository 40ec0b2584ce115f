/// Model files: safetensors in and out, directories that are replaced whole or not at all, and
/// checksums.
///
/// Start at [io.tornadogpt.core.files.TensorSource#open], which reads a `.safetensors` file or a
/// (sharded) model directory, and at [io.tornadogpt.core.files.SafetensorsWriter]. A file that
/// breaks its format is refused with a [io.tornadogpt.core.files.BadFileException]: one sentence
/// that names the file, the field and what to do, before any memory is taken for its contents.
@NullMarked
package io.tornadogpt.core.files;

import org.jspecify.annotations.NullMarked;
