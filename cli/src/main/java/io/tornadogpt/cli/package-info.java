/// The `gpt` command.
@NullMarked
package io.tornadogpt.cli;

import org.jspecify.annotations.NullMarked;
