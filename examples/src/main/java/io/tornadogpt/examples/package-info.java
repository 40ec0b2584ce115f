/// Short programs against the public API, one idea each.
@NullMarked
package io.tornadogpt.examples;

import org.jspecify.annotations.NullMarked;
