/// What a server serves: a model under a name, with all that is needed to answer for it.
@NullMarked
package io.tornadogpt.server.model;

import org.jspecify.annotations.NullMarked;
