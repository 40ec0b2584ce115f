/// The emulator's promises: right results, and each check with a planted bug and a clean twin.
@NullMarked
package io.tornadogpt.emulator;

import org.jspecify.annotations.NullMarked;
