/// Files in, documents out.
@NullMarked
package io.tornadogpt.curation.read;

import org.jspecify.annotations.NullMarked;
