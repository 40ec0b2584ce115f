/// Tests of the emulator's parts.
@NullMarked
package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.NullMarked;
