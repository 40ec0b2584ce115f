package io.tornadogpt.kernels.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The programs do on the emulator what docs/kernels.md says of them.
class KernelExamplesTest {
    @FunctionalInterface
    private interface Main {
        void run(String[] arguments) throws Exception;
    }

    private static List<String> lines(Main program) throws Exception {
        PrintStream before = System.out;
        var bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            program.run(new String[0]);
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void ownKernelShowsTwoFindingsAndOneResult() throws Exception {
        List<String> lines = lines(OwnKernel::main);
        assertTrue(lines.get(0).startsWith("first try, found: "), lines.get(0));
        assertTrue(lines.get(0).contains("150"), lines.get(0));
        assertTrue(lines.get(1).startsWith("second try, found: "), lines.get(1));
        assertEquals("third try ran: out starts with 0.333 0.333", lines.get(2));
    }

    @Test
    void oneKernelAgreesWithPlainJava() throws Exception {
        String text = String.join("\n", lines(OneKernel::main));
        Matcher error = Pattern.compile("worst relative error (\\S+)").matcher(text);
        assertTrue(error.find(), text);
        assertTrue(Double.parseDouble(error.group(1)) < 1e-5, text);
    }
}
