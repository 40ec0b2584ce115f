/// Text generation.
@NullMarked
package io.tornadogpt.sampler;

import org.jspecify.annotations.NullMarked;
