/// Measures whole jobs. A [io.tornadogpt.bench.Job] is done again and again in
/// [io.tornadogpt.bench.Burst]s; [io.tornadogpt.bench.Measurement] says what came of them, beside
/// the [io.tornadogpt.bench.Peaks] of the machine. To compare two settings, two processes take
/// turns ([io.tornadogpt.bench.PacedProcess]).
@NullMarked
package io.tornadogpt.bench;

import org.jspecify.annotations.NullMarked;
