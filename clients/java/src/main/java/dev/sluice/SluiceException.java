package dev.sluice;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A call that failed, or was refused by the client before it was sent. */
public final class SluiceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Status.Code code;
  private final String reason;
  private final SideEffect sideEffect;
  private final transient List<FieldViolation> fieldViolations;
  private final transient Map<String, String> metadata;
  private final Duration retryAfter;
  private final String requestId;

  SluiceException(
      Status.Code code, String message, ErrorDetails said, String requestId, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.reason = said.reason();
    this.sideEffect = said.sideEffect();
    this.fieldViolations = said.fieldViolations();
    this.metadata = said.metadata();
    this.retryAfter = said.retryAfter();
    this.requestId = requestId;
  }

  /** An error that the client finds by itself: nothing was sent. */
  static SluiceException refused(String message) {
    return refused(Status.Code.INVALID_ARGUMENT, message);
  }

  static SluiceException refused(Status.Code code, String message) {
    return new SluiceException(code, message, ErrorDetails.NOTHING_SENT, null, null);
  }

  public Status.Code code() {
    return code;
  }

  /** Of {@code ErrorReason}, without its prefix: "FIELD_INVALID". Empty: the server said none. */
  public String reason() {
    return reason;
  }

  public SideEffect sideEffect() {
    return sideEffect;
  }

  public List<FieldViolation> fieldViolations() {
    return fieldViolations == null ? List.of() : fieldViolations;
  }

  /** How long the server asks to wait before the call is repeated. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** The request id that was sent, if the call has one: the caller's own, or the client's. */
  public Optional<String> requestId() {
    return Optional.ofNullable(requestId);
  }

  /** Metadata of the server's ErrorInfo, such as {@code oldest_cursor}. */
  public Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }
}
