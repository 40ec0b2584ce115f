/// The CPU backend, on the Vector API.
@NullMarked
package io.tornadogpt.cpu;

import org.jspecify.annotations.NullMarked;
