/// What runs programs: the interface that devices implement, found with [java.util.ServiceLoader].
@NullMarked
package io.tornadogpt.core.backend;

import org.jspecify.annotations.NullMarked;
