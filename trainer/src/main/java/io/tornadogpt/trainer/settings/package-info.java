/// How a model and its training are described: records of settings, presets, files and single
/// assignments. Nothing here reads tokens or trains.
@NullMarked
package io.tornadogpt.trainer.settings;

import org.jspecify.annotations.NullMarked;
