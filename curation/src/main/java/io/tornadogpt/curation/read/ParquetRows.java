package io.tornadogpt.curation.read;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;

import java.io.IOException;
import java.util.LinkedHashMap;

/// Rows of a Parquet file.
final class ParquetRows {
    private final Slice slice;
    private final Rows rows;

    ParquetRows(Slice slice, Rows rows) {
        this.slice = slice;
        this.rows = rows;
    }

    void read() throws IOException {
        try (var reader = ParquetFileReader.open(InputFile.of(slice.file()));
                RowReader row = reader.rowReader()) {
            for (long i = 0; row.hasNext(); i++) {
                row.next();
                var fields = new LinkedHashMap<String, Object>();
                for (int f = 0; f < row.getFieldCount(); f++) {
                    Object value = row.isNull(f) ? null : row.getValue(f);
                    if (value instanceof Number || value instanceof Boolean) {
                        fields.put(row.getFieldName(f), value);
                    } else if (value != null) {
                        fields.put(row.getFieldName(f), value.toString());
                    }
                }
                rows.row(i, fields);
            }
        }
    }
}
