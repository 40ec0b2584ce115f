package io.tornadogpt.tokenizer.sentencepiece;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// As much of protocol buffers' wire format as a `.model` file needs: fields one after the other,
/// each a number, a wire type and a value.
final class Protobuf {

    private Protobuf() {}

    /// Reads the fields of a message. Nothing is copied but what is asked for.
    static final class Reader {

        static final int VARINT = 0;
        static final int FIXED64 = 1;
        static final int BYTES = 2;
        static final int FIXED32 = 5;

        private final byte[] data;
        private final int end;
        private final String message;
        private int at;
        private int field;
        private int wire;

        Reader(byte[] data) {
            this(data, 0, data.length, "");
        }

        private Reader(byte[] data, int from, int end, String message) {
            this.data = data;
            this.end = end;
            this.message = message;
            at = from;
        }

        /// Goes to the next field; false at the message's end.
        boolean next() {
            if (at == end) {
                return false;
            }
            long tag = varint();
            field = (int) (tag >>> 3);
            wire = (int) (tag & 7);
            if (field <= 0 || tag >>> 32 != 0) {
                throw refuse("has a field numbered " + (tag >>> 3));
            }
            return true;
        }

        int field() {
            return field;
        }

        /// Passes the value by.
        void skip() {
            switch (wire) {
                case VARINT -> varint();
                case FIXED64 -> advance(8);
                case BYTES -> advance(length());
                case FIXED32 -> advance(4);
                default -> throw refuse("has the wire type " + wire + " in field " + field);
            }
        }

        int integer(String name) {
            require(VARINT, name);
            long value = varint();
            return (int) value;
        }

        boolean flag(String name) {
            require(VARINT, name);
            return varint() != 0;
        }

        float number(String name) {
            require(FIXED32, name);
            int from = at;
            advance(4);
            return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).getFloat(from);
        }

        byte[] bytes(String name) {
            require(BYTES, name);
            int length = length();
            int from = at;
            advance(length);
            return Arrays.copyOfRange(data, from, from + length);
        }

        String text(String name) {
            byte[] bytes = bytes(name);
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            } catch (CharacterCodingException e) {
                throw new IllegalArgumentException(path(name) + " is not UTF-8", e);
            }
        }

        /// The fields of a message within this one.
        Reader message(String name) {
            require(BYTES, name);
            int length = length();
            int from = at;
            advance(length);
            return new Reader(data, from, from + length, path(name));
        }

        IllegalArgumentException refuse(String what) {
            return new IllegalArgumentException(
                    (message.isEmpty() ? "the file" : message) + " " + what + " at byte " + at);
        }

        private String path(String name) {
            return message.isEmpty() ? name : message + "." + name;
        }

        private void require(int expected, String name) {
            if (wire != expected) {
                throw refuse(
                        "has the wire type " + wire + " for " + name + "; expected " + expected);
            }
        }

        private int length() {
            long length = varint();
            if (length < 0 || length > end - at) {
                throw refuse(
                        "says that field "
                                + field
                                + " has "
                                + length
                                + " bytes, but only "
                                + (end - at)
                                + " remain");
            }
            return (int) length;
        }

        private void advance(int count) {
            if (count > end - at) {
                throw refuse("ends within field " + field);
            }
            at += count;
        }

        private long varint() {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                if (at == end) {
                    throw refuse("ends within a number");
                }
                byte b = data[at++];
                value |= (long) (b & 0x7F) << shift;
                if (b >= 0) {
                    return value;
                }
            }
            throw refuse("has a number of more than ten bytes");
        }
    }

    /// Writes the fields of a message.
    static final class Writer {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Writer integer(int field, int value) {
            tag(field, Reader.VARINT);
            varint(value);
            return this;
        }

        Writer flag(int field, boolean value) {
            return integer(field, value ? 1 : 0);
        }

        Writer number(int field, float value) {
            tag(field, Reader.FIXED32);
            int bits = Float.floatToRawIntBits(value);
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(bits >>> shift);
            }
            return this;
        }

        Writer bytes(int field, byte[] value) {
            tag(field, Reader.BYTES);
            varint(value.length);
            out.writeBytes(value);
            return this;
        }

        Writer text(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        byte[] toBytes() {
            return out.toByteArray();
        }

        private void tag(int field, int wire) {
            varint(field << 3 | wire);
        }

        private void varint(long value) {
            long left = value;
            while ((left & ~0x7FL) != 0) {
                out.write((int) (left & 0x7F) | 0x80);
                left >>>= 7;
            }
            out.write((int) left);
        }
    }
}
