package io.tornadogpt.curation.run;

import java.nio.file.Path;
import java.util.List;

/// What a run left.
///
/// @param path of the folder
/// @param manifest as it stands there
/// @param steps for single documents
/// @param seconds that threads spent in each of these, and last in signatures; empty where they are
///   not known
public record CurationResult(Path path, Manifest manifest, List<String> steps, double[] seconds) {}
