/// What training minimizes: from the last hidden states of a model to the losses that are added up.
@NullMarked
package io.tornadogpt.core.model.objective;

import org.jspecify.annotations.NullMarked;
