package io.tornadogpt.trainer.parallel;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.DividedUpdate;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.GradientExchange;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Adds up the gradients of all micro-batches of a step by the binary tree over their numbers, and
/// divides the optimizer's state and its step among the processes: stage 1 of ZeRO. Each process
/// gets the sums of all others for its own part of the weights, adds them up, changes its part, and
/// hands it to the others.
///
/// All of it goes in rounds, so that the memory that it takes does not grow with the model.
///
/// Used by one thread at a time.
final class TreeExchange implements GradientExchange, AutoCloseable {
    /// Bytes that are sent or received in a round, if a block is not larger.
    private static final long ROUND = 32L << 20;

    private static final long FLOAT = Float.BYTES;

    private final Communicator communicator;
    private final Division division;
    private final Share own;
    private final Session session;
    private final Arena arena = Arena.ofShared();
    private final FlatTensors weights;
    private final FlatTensors ownWeights;
    private final FlatTensors ownGradients;
    private final GradientSums sums;
    private final List<List<Subtree>> nodes;
    private final List<TreeOrder.Addition> additions;
    private final long perRound;
    private final MemorySegment send;
    private final MemorySegment receive;
    private final MemorySegment squares;
    private final MemorySegment allSquares;
    private final Map<Part, Long> nanos = new EnumMap<>(Part.class);

    /// What takes time.
    private enum Part {
        SUMS,
        WAITING,
        GRADIENTS,
        ADDITIONS,
        NORM,
        UPDATE,
        WEIGHTS
    }

    /// @param microBatches of a step, over all processes; a multiple of their number
    /// @param session holds all weights, and this process's part of the optimizer
    TreeExchange(
            Communicator communicator,
            Division division,
            Trainable trainable,
            DividedUpdate update,
            int microBatches,
            Session session) {
        this.communicator = communicator;
        this.division = division;
        this.session = session;
        this.own = share(microBatches);
        this.weights = new FlatTensors(session);
        var gradients = new FlatTensors(session);
        for (Trainable.Trained trained : trainable.parameters()) {
            TensorSpec spec = trained.parameter().spec();
            TensorSpec gradient = trained.gradient();
            weights.add(spec, trained.first() - spec.first(), gradient.slices());
            gradients.add(gradient, 0, gradient.slices());
        }
        this.ownWeights = new FlatTensors(session);
        this.ownGradients = new FlatTensors(session);
        for (DividedUpdate.Piece piece : update.pieces()) {
            ownWeights.add(piece.weight(), 0, 1);
            ownGradients.add(piece.gradient(), 0, 1);
        }
        this.sums = new GradientSums(gradients, arena);
        int each = microBatches / communicator.size();
        this.nodes =
                IntStream.range(0, communicator.size())
                        .mapToObj(rank -> Subtree.covering(rank * each, each))
                        .toList();
        this.additions = TreeOrder.additions(nodes.stream().flatMap(List::stream).toList());
        this.perRound = perRound(division, nodes);
        this.send = arena.allocate(sendBytes(division, nodes, communicator.rank()), Double.BYTES);
        this.receive = arena.allocate(receiveBytes(division, nodes), Double.BYTES);
        long squareBytes = (long) division.blocks(communicator.rank()) * Double.BYTES;
        this.squares = arena.allocate(Math.max(1, squareBytes), Double.BYTES);
        this.allSquares = arena.allocate((long) division.blocks() * Double.BYTES, Double.BYTES);
    }

    /// Elements of each process's part that a round is about: whole blocks.
    private static long perRound(Division division, List<List<Subtree>> nodes) {
        int most = nodes.stream().mapToInt(List::size).max().orElse(1);
        long wanted = ROUND / FLOAT / most / division.processes();
        long part = Math.ceilDiv(division.most(), (long) division.block()) * division.block();
        long whole = Math.min(wanted, part) / division.block() * division.block();
        return Math.max(division.block(), whole);
    }

    private static long sendBytes(Division division, List<List<Subtree>> nodes, int rank) {
        long each = perRound(division, nodes) * FLOAT;
        return each * Math.max(1, nodes.get(rank).size()) * division.processes();
    }

    private static long receiveBytes(Division division, List<List<Subtree>> nodes) {
        long each = perRound(division, nodes) * FLOAT;
        return each * Math.max(division.processes(), nodes.stream().mapToInt(List::size).sum());
    }

    /// Bytes that a process takes outside of its session.
    ///
    /// @param microBatches of a step, over all processes
    /// @param inPlace whether the session's tensors can be reached where they are
    static long bytes(Division division, int rank, int microBatches, boolean inPlace) {
        int each = microBatches / division.processes();
        List<List<Subtree>> nodes =
                IntStream.range(0, division.processes())
                        .mapToObj(other -> Subtree.covering(other * each, each))
                        .toList();
        long copies = GradientSums.copies(rank * each, each, inPlace);
        return copies * division.elements() * FLOAT
                + sendBytes(division, nodes, rank)
                + receiveBytes(division, nodes)
                + (long) (division.blocks() + division.blocks(rank)) * Double.BYTES;
    }

    /// Where its time went.
    ExchangeTimes times() {
        return new ExchangeTimes(
                seconds(Part.SUMS),
                seconds(Part.WAITING),
                seconds(Part.GRADIENTS),
                seconds(Part.ADDITIONS),
                seconds(Part.NORM),
                seconds(Part.UPDATE),
                seconds(Part.WEIGHTS));
    }

    private double seconds(Part part) {
        return nanos.getOrDefault(part, 0L) * 1e-9;
    }

    /// Counts the time of a part.
    ///
    /// @param since when it began
    /// @return now
    private long took(Part part, long since) {
        long now = System.nanoTime();
        nanos.merge(part, now - since, Long::sum);
        return now;
    }

    @Override
    public Share share(int count) {
        int size = communicator.size();
        int first = (int) ((long) count * communicator.rank() / size);
        int end = (int) ((long) count * (communicator.rank() + 1) / size);
        return new Share(first, end - first);
    }

    @Override
    public List<double[]> gather(double... numbers) {
        byte[] bytes = new byte[numbers.length * Double.BYTES];
        MemorySegment.ofArray(bytes).copyFrom(MemorySegment.ofArray(numbers));
        long begin = System.nanoTime();
        List<byte[]> all = communicator.gather(bytes);
        took(Part.WAITING, begin);
        return all.stream().map(TreeExchange::doubles).toList();
    }

    private static double[] doubles(byte[] bytes) {
        var numbers = new double[bytes.length / Double.BYTES];
        MemorySegment.ofArray(numbers).copyFrom(MemorySegment.ofArray(bytes));
        return numbers;
    }

    @Override
    public boolean needsZeroedGradients() {
        return true;
    }

    @Override
    public void accumulated(Session ours, List<TensorSpec> gradients, int microBatch) {
        long begin = System.nanoTime();
        sums.add(microBatch, microBatch == own.first() + own.count() - 1);
        took(Part.SUMS, begin);
    }

    @Override
    public void discard() {
        sums.clear();
    }

    @Override
    public void exchange(Session ours, List<TensorSpec> gradients) {
        if (!sums.nodes().equals(nodes.get(communicator.rank()))) {
            throw new IllegalStateException(
                    "sums are of %s, not of %s".formatted(sums.nodes(), nodes));
        }
        boolean inPlace = ownGradients.inPlace();
        MemorySegment outside =
                inPlace ? MemorySegment.NULL : allocate(ownGradients.count() * FLOAT);
        for (long done = 0; done < division.most(); done += perRound) {
            long count = floats(communicator.rank(), done);
            long begin = System.nanoTime();
            exchange(done);
            begin = took(Part.GRADIENTS, begin);
            add(count);
            if (inPlace) {
                ownGradients.write(done, count, receive, 0);
            } else {
                MemorySegment.copy(receive, 0, outside, done * FLOAT, count * FLOAT);
            }
            square(done, count);
            took(Part.ADDITIONS, begin);
        }
        if (!inPlace) {
            ownGradients.writeAll(outside);
        }
        sums.clear();
    }

    private static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), Double.BYTES);
    }

    /// How many elements of a process's part a round is about.
    ///
    /// @param done elements of each part that rounds before were about
    private long floats(int rank, long done) {
        long part = division.to(rank) - division.from(rank);
        return Math.clamp(part - done, 0, perRound);
    }

    /// A round: sums of all processes for this one's part.
    private void exchange(long done) {
        int size = communicator.size();
        int ownNodes = nodes.get(communicator.rank()).size();
        var sendBytes = new int[size];
        var receiveBytes = new int[size];
        long offset = 0;
        long count = floats(communicator.rank(), done) * FLOAT;
        for (int rank = 0; rank < size; rank++) {
            long floats = floats(rank, done);
            for (int node = 0; node < ownNodes; node++) {
                sums.read(node, division.from(rank) + done, floats, send, offset);
                offset += floats * FLOAT;
            }
            sendBytes[rank] = Math.toIntExact(floats * FLOAT * ownNodes);
            receiveBytes[rank] = Math.toIntExact(count * nodes.get(rank).size());
        }
        communicator.exchange(send, sendBytes, receive, receiveBytes);
    }

    /// Adds up what was received; the result is in front.
    private void add(long floats) {
        long bytes = floats * FLOAT;
        for (TreeOrder.Addition addition : additions) {
            Floats.add(receive, addition.to() * bytes, receive, addition.from() * bytes, bytes);
        }
    }

    private void square(long done, long floats) {
        int block = division.block();
        for (long from = 0; from < floats; from += block) {
            int count = (int) Math.min(block, floats - from);
            double sum = Floats.sumOfSquares(receive, from * FLOAT, count);
            squares.setAtIndex(ValueLayout.JAVA_DOUBLE, (done + from) / block, sum);
        }
    }

    @Override
    public Update update(Session ours, UpdateProgram update, double learningRate, int step) {
        long begin = System.nanoTime();
        double norm = norm();
        begin = took(Part.NORM, begin);
        session.write(update.norm(), (float) norm);
        update.writeSchedule(session, learningRate, step);
        session.run(update.program().name());
        boolean updated = session.readFloats(update.scale())[0] != 0;
        begin = took(Part.UPDATE, begin);
        if (updated) {
            gatherWeights();
            took(Part.WEIGHTS, begin);
        }
        return new Update((float) norm, updated);
    }

    /// The norm of all gradients.
    private double norm() {
        var bytes = new int[communicator.size()];
        for (int rank = 0; rank < bytes.length; rank++) {
            bytes[rank] = division.blocks(rank) * Double.BYTES;
        }
        communicator.gather(squares, allSquares, bytes);
        double sum = 0;
        for (int block = 0; block < division.blocks(); block++) {
            sum += allSquares.getAtIndex(ValueLayout.JAVA_DOUBLE, block);
        }
        return Math.sqrt(sum);
    }

    private void gatherWeights() {
        boolean inPlace = weights.inPlace() && ownWeights.inPlace();
        MemorySegment part = inPlace ? MemorySegment.NULL : allocate(ownWeights.count() * FLOAT);
        MemorySegment whole = inPlace ? MemorySegment.NULL : allocate(weights.count() * FLOAT);
        if (!inPlace) {
            ownWeights.readAll(part);
        }
        for (long done = 0; done < division.most(); done += perRound) {
            long count = floats(communicator.rank(), done);
            if (inPlace) {
                ownWeights.read(done, count, send, 0);
            } else {
                MemorySegment.copy(part, done * FLOAT, send, 0, count * FLOAT);
            }
            var bytes = new int[communicator.size()];
            for (int rank = 0; rank < bytes.length; rank++) {
                bytes[rank] = Math.toIntExact(floats(rank, done) * FLOAT);
            }
            communicator.gather(send, receive, bytes);
            long offset = 0;
            for (int rank = 0; rank < bytes.length; rank++) {
                long place = division.from(rank) + done;
                if (inPlace) {
                    weights.write(place, floats(rank, done), receive, offset);
                } else {
                    MemorySegment.copy(receive, offset, whole, place * FLOAT, bytes[rank]);
                }
                offset += bytes[rank];
            }
        }
        if (!inPlace) {
            weights.writeAll(whole);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
