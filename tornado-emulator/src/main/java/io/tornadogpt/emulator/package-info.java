/// What the emulator adds to TornadoVM's API: the findings of its checks.
@NullMarked
package io.tornadogpt.emulator;

import org.jspecify.annotations.NullMarked;
