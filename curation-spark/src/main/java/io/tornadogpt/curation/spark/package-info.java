/// Curation on several machines, by Apache Spark.
@NullMarked
package io.tornadogpt.curation.spark;

import org.jspecify.annotations.NullMarked;
