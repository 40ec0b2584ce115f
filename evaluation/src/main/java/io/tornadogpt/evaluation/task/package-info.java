/// The tasks that are built in, each from files as they were published, and tasks that stand in a
/// JSON file.
@NullMarked
package io.tornadogpt.evaluation.task;

import org.jspecify.annotations.NullMarked;
