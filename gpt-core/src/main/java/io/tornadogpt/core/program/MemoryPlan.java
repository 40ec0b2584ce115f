package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.program.Places.Place;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/// Where every tensor of a session lies: one arena for each role, offsets in bytes.
///
/// Resident tensors lie one after the other. Activations share an arena: each slice of a stack, and
/// scratch in each layer, lives from the step that writes it to the last that reads it, and those
/// whose lives do not overlap may lie at the same place (Pisarchyk and Lee, "Efficient Memory
/// Management for Deep Neural Net Inference", 2020: largest first, into the lowest gap). An output
/// may take over the place of an input that dies with it where the operation allows that. Programs
/// of a session run one at a time, so all of them use the same activation arena.
///
/// Immutable, so that threads may share it.
public final class MemoryPlan implements MemoryUse {
    /// Every tensor starts at a multiple of this, the width of a cache line and of a 512-bit
    /// vector.
    public static final long ALIGNMENT = 64;

    private final Sizes sizes;
    private final Map<Role, Long> bytes = new EnumMap<>(Role.class);
    private final Map<String, TensorSpec> residents = new LinkedHashMap<>();
    private final Map<String, Long> residentOffsets = new HashMap<>();
    private final Map<String, ActivationPlacement> activations = new HashMap<>();

    private MemoryPlan(List<Program> programs, Sizes sizes) {
        this.sizes = sizes;
        for (Program program : programs) {
            program.specs().stream()
                    .filter(spec -> spec.role().resident())
                    .forEach(spec -> placeResident(program, spec));
            if (activations.containsKey(program.name())) {
                throw new IllegalArgumentException(
                        "two programs are named " + program.name() + "; names are unique");
            }
            var placement = new ActivationPlacement(program, this::bytes);
            activations.put(program.name(), placement);
            bytes.merge(Role.ACTIVATION, placement.bytes(), Math::max);
        }
    }

    /// The plan for programs that share one session.
    public static MemoryPlan of(List<Program> programs) {
        return new MemoryPlan(programs, DType::bytes);
    }

    /// What elements take in memory.
    @FunctionalInterface
    public interface Sizes {
        /// Bytes of some elements of a type.
        long bytes(DType type, long elements);
    }

    /// The plan of a backend that keeps elements in another width than [DType#bytes(long)].
    public static MemoryPlan of(List<Program> programs, Sizes sizes) {
        return new MemoryPlan(programs, sizes);
    }

    /// The size of a role's arena.
    @Override
    public long bytes(Role role) {
        return bytes.getOrDefault(role, 0L);
    }

    /// Every resident tensor, by name.
    public Map<String, TensorSpec> residents() {
        return Collections.unmodifiableMap(residents);
    }

    /// Whether a program names a resident tensor.
    public boolean holds(TensorSpec resident) {
        return resident.equals(residents.get(resident.name()));
    }

    /// Where a resident tensor starts in its role's arena.
    ///
    /// @throws IllegalArgumentException if no program names it
    public long offset(TensorSpec resident) {
        Long offset = residentOffsets.get(resident.name());
        if (offset == null || !holds(resident)) {
            throw new IllegalArgumentException(
                    "no program of this session names %s; it knows %s"
                            .formatted(resident, residents.keySet()));
        }
        return offset;
    }

    /// Where a tensor that an operation names starts in its role's arena.
    public long offset(Program program, Tensor tensor, int layer) {
        TensorSpec spec = tensor.spec();
        if (spec.role().resident()) {
            int slice = tensor.sliceAt(layer);
            return offset(spec) + slice * sizes.bytes(spec.dtype(), spec.shape().elements());
        }
        ActivationPlacement placement = activations.get(program.name());
        Long offset = placement == null ? null : placement.offset(tensor, layer);
        if (offset == null) {
            throw new IllegalArgumentException(
                    "program " + program.name() + " has no activation " + tensor);
        }
        return offset;
    }

    private void placeResident(Program program, TensorSpec spec) {
        TensorSpec known = residents.putIfAbsent(spec.name(), spec);
        if (known == null) {
            residentOffsets.put(spec.name(), bytes(spec.role()));
            bytes.merge(
                    spec.role(), aligned(sizes.bytes(spec.dtype(), spec.elements())), Long::sum);
        } else if (!known.equals(spec)) {
            throw new IllegalArgumentException(
                    "program %s declares %s but another program of the session declares %s"
                            .formatted(program.name(), spec, known));
        }
    }

    private long bytes(Tensor tensor) {
        return sizes.bytes(tensor.dtype(), tensor.elements());
    }

    private static long aligned(long size) {
        return Math.addExact(size, ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /// A run of bytes that one activation slice needs, or several that take it over in turn.
    private static final class Block {
        private final long size;
        private final int birth;
        private int death;
        private long offset;

        Block(long size, int birth) {
            this.size = size;
            this.birth = birth;
            this.death = birth;
        }

        boolean livesWith(Block other) {
            return birth <= other.death && other.birth <= death;
        }

        long end() {
            return offset + size;
        }
    }

    private static final class ActivationPlacement {
        private final ToLongFunction<Tensor> size;
        private final List<Step> steps;
        private final Places places;
        private final Map<Place, Integer> lastUse = new HashMap<>();
        private final Map<Place, Block> blocks = new LinkedHashMap<>();

        ActivationPlacement(Program program, ToLongFunction<Tensor> size) {
            this.size = size;
            places = new Places(program.segments());
            steps = program.steps();
            for (int i = 0; i < steps.size(); i++) {
                int step = i;
                Op op = steps.get(i).op();
                Program.tensors(op).forEach(t -> lastUse.put(place(step, t), step));
            }
            for (int i = 0; i < steps.size(); i++) {
                makeBlocks(i);
            }
            var gaps = new LowestGap();
            blocks.values().stream()
                    .distinct()
                    .sorted(
                            Comparator.comparingLong((Block b) -> -b.size)
                                    .thenComparingInt(b -> b.birth))
                    .forEach(gaps::place);
        }

        @Nullable Long offset(Tensor tensor, int layer) {
            Block block = blocks.get(places.of(tensor, layer));
            return block == null ? null : block.offset;
        }

        long bytes() {
            return blocks.values().stream().mapToLong(Block::end).max().orElse(0);
        }

        private Place place(int step, Tensor tensor) {
            return places.of(tensor, steps.get(step).layer());
        }

        private void makeBlocks(int step) {
            Op op = steps.get(step).op();
            Block takenOver = takenOver(step, op);
            for (Tensor output : op.outputs()) {
                if (output.spec().role() == Role.ACTIVATION) {
                    Block block =
                            takenOver != null
                                    ? takenOver
                                    : new Block(aligned(size.applyAsLong(output)), step);
                    Place place = place(step, output);
                    block.death = lastUse.getOrDefault(place, step);
                    blocks.put(place, block);
                }
                takenOver = null; // by the first output only
            }
        }

        /// How many inputs of an operation are this place, under whatever name.
        private long timesRead(int step, Place place) {
            return steps.get(step).op().inputs().stream()
                    .filter(input -> place(step, input).equals(place))
                    .count();
        }

        /// The block of an input that the operation's first output takes over, or null.
        private @Nullable Block takenOver(int step, Op op) {
            for (Tensor input : op.overwritable()) {
                boolean dies =
                        input.spec().role() == Role.ACTIVATION
                                && lastUse.getOrDefault(place(step, input), -1) == step;
                boolean once = timesRead(step, place(step, input)) == 1;
                Tensor output = op.outputs().getFirst();
                if (dies && once && size.applyAsLong(input) == size.applyAsLong(output)) {
                    return blocks.get(place(step, input));
                }
            }
            return null;
        }
    }

    private static final class LowestGap {
        private final List<Block> placed = new ArrayList<>(); // by offset

        void place(Block block) {
            long offset = 0;
            for (Block other : placed) {
                if (other.livesWith(block)) {
                    if (other.offset - offset >= block.size) {
                        break;
                    }
                    offset = Math.max(offset, other.end());
                }
            }
            block.offset = offset;
            int index = 0;
            while (index < placed.size() && placed.get(index).offset <= offset) {
                index++;
            }
            placed.add(index, block);
        }
    }
}
