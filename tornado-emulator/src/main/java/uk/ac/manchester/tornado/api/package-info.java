/// Task graphs, execution plans, kernel contexts and grids.
@NullMarked
package uk.ac.manchester.tornado.api;

import org.jspecify.annotations.NullMarked;
