package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class TrainingReportTest {
    @ParameterizedTest
    @CsvSource({
        "99, 1/9  loss 2  val 3  lr 1e-4  norm 1  5k tok/s  eta 0:01",
        "50, 1/9  loss 2  val 3  lr 1e-4  5k tok/s  eta 0:01",
        "40, 1/9  loss 2  val 3  5k tok/s  eta 0:01",
        "32, 1/9  loss 2  val 3  eta 0:01",
        "9, 1/9  loss 2  eta 0:01"
    })
    void narrowTerminalsKeepWhatMattersMost(int columns, String line) {
        List<String> fields =
                List.of("1/9", "loss 2", "val 3", "lr 1e-4", "norm 1", "5k tok/s", "eta 0:01");
        assertEquals(line, TrainingReport.fitting(fields, columns));
    }
}
