package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class HelpTest {
    /// Examples are a program of their own, which only the launcher knows.
    @Test
    void helpLeadsToTheExamplesAndToTheCheckOfDevices() {
        String help = CommandRun.gpt("--help").requireSuccess().out();
        assertTrue(help.contains("./gpt example"), help);
        assertTrue(help.contains("./gpt devices --ops"), help);
        String devices = CommandRun.gpt("devices", "--help").requireSuccess().out();
        assertTrue(devices.contains("--ops"), devices);
    }
}
