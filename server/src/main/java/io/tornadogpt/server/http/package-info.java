/// HTTP: who may ask, how much a request may hold, and how answers are written.
@NullMarked
package io.tornadogpt.server.http;

import org.jspecify.annotations.NullMarked;
