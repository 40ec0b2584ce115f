/// Training runs as a page to look at: [Report][io.tornadogpt.trainer.report.Report] reads run
/// directories and writes one HTML file that needs nothing else.
@NullMarked
package io.tornadogpt.trainer.report;

import org.jspecify.annotations.NullMarked;
