/// How processes that train one model talk to each other: through MPI, or within one JVM.
@NullMarked
package io.tornadogpt.parallel;

import org.jspecify.annotations.NullMarked;
