/// A corpus with faults that are known, and what curation makes of it.
@NullMarked
package io.tornadogpt.curation.planted;

import org.jspecify.annotations.NullMarked;
