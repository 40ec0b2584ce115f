package io.tornadogpt.server.http;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// A request that is answered with an error, as OpenAI's servers tell it.
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private static final int LONGEST_MESSAGE = 600;

    private final int status;
    private final String type;
    private final @Nullable String code;
    private final @Nullable String parameter;
    private final @Nullable Duration retryAfter;

    private ApiException(
            int status,
            String type,
            @Nullable String code,
            @Nullable String parameter,
            String message,
            @Nullable Duration retryAfter) {
        super(cut(message));
        this.status = status;
        this.type = type;
        this.code = code;
        this.parameter = parameter;
        this.retryAfter = retryAfter;
    }

    /// No message gives a whole input back.
    private static String cut(String message) {
        return message.length() <= LONGEST_MESSAGE
                ? message
                : message.substring(0, LONGEST_MESSAGE) + "...";
    }

    /// A request that cannot be understood or served.
    public static ApiException badRequest(String message) {
        return badRequest(null, message);
    }

    /// A request that cannot be understood or served.
    ///
    /// @param parameter the field that is to blame
    public static ApiException badRequest(@Nullable String parameter, String message) {
        return new ApiException(400, "invalid_request_error", null, parameter, message, null);
    }

    /// As [#badRequest], with a code that clients look at.
    public static ApiException badRequest(String parameter, String code, String message) {
        return new ApiException(400, "invalid_request_error", code, parameter, message, null);
    }

    /// A request with a status of its own.
    public static ApiException of(int status, @Nullable String code, String message) {
        return new ApiException(status, typeOf(status), code, null, message, null);
    }

    /// A request that may be made again later.
    public static ApiException busy(int status, String code, String message, Duration retryAfter) {
        return new ApiException(status, typeOf(status), code, null, message, retryAfter);
    }

    private static String typeOf(int status) {
        return status == 429
                ? "requests"
                : status >= 500 ? "server_error" : "invalid_request_error";
    }

    /// The status of HTTP.
    public int status() {
        return status;
    }

    /// What kind of error it is.
    public String type() {
        return type;
    }

    /// What programs tell errors apart by.
    public @Nullable String code() {
        return code;
    }

    /// The field of the request that is to blame.
    public @Nullable String parameter() {
        return parameter;
    }

    /// When the request may be made again.
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
