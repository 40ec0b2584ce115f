/// Every kernel against the reference backend, on whichever `tornado.api` the tests run with.
@NullMarked
package io.tornadogpt.kernels;

import org.jspecify.annotations.NullMarked;
