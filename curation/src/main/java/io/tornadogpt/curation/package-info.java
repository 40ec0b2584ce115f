/// Curation: documents, the recipe of steps that they go through, and the run that takes them
/// there.
@NullMarked
package io.tornadogpt.curation;

import org.jspecify.annotations.NullMarked;
