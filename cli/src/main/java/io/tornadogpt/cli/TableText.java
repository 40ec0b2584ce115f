package io.tornadogpt.cli;

import io.tornadogpt.trainer.report.ResultTable;

import java.util.List;

/// Prints a table: figures in columns, or, where cells are texts, one below the other.
final class TableText {
    private static final int WIDEST = 24;

    private TableText() {}

    static void print(Screen screen, ResultTable table) {
        screen.line(screen.bold(table.caption()));
        boolean texts =
                table.rows().stream().flatMap(List::stream).anyMatch(c -> c.length() > WIDEST);
        if (texts) {
            printTexts(screen, table);
            return;
        }
        int columns = table.columns().size();
        int[] widths = new int[columns];
        for (int column = 0; column < columns; column++) {
            widths[column] = table.columns().get(column).length();
            for (List<String> row : table.rows()) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        screen.line(screen.dim(line(table.columns(), widths)));
        table.rows().forEach(row -> screen.line(line(row, widths)));
    }

    private static String line(List<String> cells, int... widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String side = column == 0 ? "%-" : "  %";
            line.append((side + Math.max(1, widths[column]) + "s").formatted(cells.get(column)));
        }
        return line.toString();
    }

    private static void printTexts(Screen screen, ResultTable table) {
        for (List<String> row : table.rows()) {
            screen.rule(row.getFirst().lines().findFirst().orElse(""));
            for (int column = 1; column < row.size(); column++) {
                String text = Show.harmless(row.get(column)).strip().replaceAll("\n{3,}", "\n\n");
                screen.line(
                        screen.dim(table.columns().get(column) + ": ")
                                + (text.isEmpty() ? "(nothing)" : text));
            }
        }
    }
}
