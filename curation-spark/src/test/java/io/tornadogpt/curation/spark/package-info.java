@NullMarked
package io.tornadogpt.curation.spark;

import org.jspecify.annotations.NullMarked;
