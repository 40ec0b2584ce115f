package io.tornadogpt.trainer.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/// One line of `starts.jsonl`: on what the steps after this one were computed, up to the next
/// start. A run that was never stopped has one, of step 0.
///
/// @param step updates done before
/// @param time in UTC, such as `2026-11-22T10:41:07Z`
/// @param version of this library, null where its jar does not say
/// @param java version and vendor of the runtime
/// @param system name, version and architecture
/// @param processor the CPU's name, null where the system does not say
/// @param processors that Java sees
/// @param memory of the machine in bytes, as Java sees it
/// @param device name and description of the backend
/// @param threads of the device
/// @param parameters weights of the model
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunStart(
        @JsonProperty(required = true) int step,
        @JsonProperty(required = true) String time,
        @Nullable String version,
        @JsonProperty(required = true) String java,
        @JsonProperty(required = true) String system,
        @Nullable String processor,
        @JsonProperty(required = true) int processors,
        @JsonProperty(required = true) long memory,
        @JsonProperty(required = true) String device,
        @JsonProperty(required = true) int threads,
        @JsonProperty(required = true) long parameters)
        implements StepEntry {
    public RunStart {
        Objects.requireNonNull(time, "time");
        Objects.requireNonNull(java, "java");
        Objects.requireNonNull(system, "system");
        Objects.requireNonNull(device, "device");
    }
}
