package io.tornadogpt.core.program;

import io.tornadogpt.core.tensor.Role;

import java.util.Arrays;

/// How many bytes a session will take, known before anything is allocated.
public interface MemoryUse {
    /// The bytes of all tensors of a role.
    long bytes(Role role);

    /// The bytes of all tensors together.
    default long bytes() {
        return Arrays.stream(Role.values()).mapToLong(this::bytes).sum();
    }
}
