package io.tornadogpt.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A socket, for what no client library sends.
final class RawClient implements AutoCloseable {
    private static final int PATIENCE = 15_000;

    private final Socket socket = new Socket();

    RawClient(Server server) throws IOException {
        socket.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), server.address().getPort()),
                PATIENCE);
        socket.setSoTimeout(PATIENCE);
    }

    Socket socket() {
        return socket;
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    RawClient send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /// A whole POST.
    RawClient post(String path, byte[] body) throws IOException {
        send(
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(path, body.length));
        return send(body);
    }

    /// Everything until the server closes the connection.
    String rest() throws IOException {
        var all = new ByteArrayOutputStream();
        InputStream in = socket.getInputStream();
        try {
            in.transferTo(all);
        } catch (java.net.SocketException e) {
            return all.toString(StandardCharsets.UTF_8); // reset: what came, came
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    /// The status of an answer; 0 where the connection was closed without one.
    static int status(String answer) {
        return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
