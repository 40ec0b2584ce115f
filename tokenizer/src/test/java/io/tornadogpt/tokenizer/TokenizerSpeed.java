package io.tornadogpt.tokenizer;

import com.sun.management.OperatingSystemMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Measures by hand how fast one thread encodes documents; `bench/peers/tokenizers_speed.py` does
/// the same with Hugging Face's library.
///
/// Arguments: the tokenizer, a text, which is cut into documents of about 2,000 characters at line
/// ends, and for how many seconds to repeat, of which the first half warms up. Prints the median
/// over the repetitions, in time of the clock and in time of processors, which does not count what
/// other programs take but does count the garbage collector.
final class TokenizerSpeed {

    private static final int DOCUMENT = 2_000;

    private TokenizerSpeed() {}

    public static void main(String[] args) throws IOException {
        Tokenizer tokenizer = Tokenizer.load(Path.of(args[0]));
        String text = Files.readString(Path.of(args[1]));
        double seconds = Double.parseDouble(args[2]);
        List<String> documents = documents(text);
        long bytes = text.getBytes(StandardCharsets.UTF_8).length;
        long begin = System.nanoTime();
        List<Double> wall = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        long tokens = 0;
        for (double passed = 0; passed < seconds; passed = (System.nanoTime() - begin) / 1e9) {
            long start = System.nanoTime();
            long startOfProcess = processorTime();
            tokens = 0;
            for (String document : documents) {
                tokens += tokenizer.encodeWithSpecialTokens(document).length;
            }
            if (wall.isEmpty() || passed >= seconds / 2) {
                processor.add(bytes * 1e3 / (processorTime() - startOfProcess));
                wall.add(bytes * 1e3 / (System.nanoTime() - start));
            }
        }
        System.out.printf(
                "%.2f MB/s of processor time, %.2f MB/s, %d tokens%n",
                median(processor), median(wall), tokens);
    }

    private static long processorTime() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static double median(List<Double> values) {
        values.sort(null);
        return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
    }

    private static List<String> documents(String text) {
        List<String> documents = new ArrayList<>();
        for (int from = 0, end; from < text.length(); from = end) {
            int feed = text.indexOf('\n', Math.min(text.length(), from + DOCUMENT));
            end = feed < 0 ? text.length() : feed + 1;
            documents.add(text.substring(from, end));
        }
        return documents;
    }
}
