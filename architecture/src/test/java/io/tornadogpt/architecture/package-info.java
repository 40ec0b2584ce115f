/// What the module system cannot say about who may know whom.
@NullMarked
package io.tornadogpt.architecture;

import org.jspecify.annotations.NullMarked;
