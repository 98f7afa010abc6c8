package dev.sluice;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the server said of an error beside its code. Details that cannot be read are as good as
 * none.
 */
record ErrorDetails(
    boolean fromSluice,
    String reason,
    SideEffect sideEffect,
    List<FieldViolation> fieldViolations,
    Duration retryAfter,
    Map<String, String> metadata) {

  static final ErrorDetails NONE = nothingBut(SideEffect.POSSIBLE);
  static final ErrorDetails NOTHING_SENT = nothingBut(SideEffect.NONE);

  private static final String DOMAIN = "sluice.v1";
  private static final Metadata.Key<byte[]> STATUS_DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static ErrorDetails nothingBut(SideEffect sideEffect) {
    return new ErrorDetails(false, "", sideEffect, List.of(), null, Map.of());
  }

  static ErrorDetails of(Metadata trailers) {
    byte[] bytes = trailers == null ? null : trailers.get(STATUS_DETAILS);
    if (bytes == null) {
      return NONE;
    }
    try {
      ErrorDetails found = NONE;
      for (Any any : com.google.rpc.Status.parseFrom(bytes).getDetailsList()) {
        found = found.with(any);
      }
      return found;
    } catch (InvalidProtocolBufferException unreadable) {
      return NONE;
    }
  }

  private ErrorDetails with(Any any) throws InvalidProtocolBufferException {
    if (any.is(ErrorInfo.class)) {
      ErrorInfo info = any.unpack(ErrorInfo.class);
      return info.getDomain().equals(DOMAIN) ? with(info) : this;
    }
    if (any.is(RetryInfo.class)) {
      com.google.protobuf.Duration delay = any.unpack(RetryInfo.class).getRetryDelay();
      Duration wait = Duration.ofSeconds(delay.getSeconds(), delay.getNanos());
      return new ErrorDetails(
          fromSluice,
          reason,
          sideEffect,
          fieldViolations,
          wait.isNegative() ? Duration.ZERO : wait,
          metadata);
    }
    if (any.is(BadRequest.class)) {
      List<FieldViolation> violations =
          any.unpack(BadRequest.class).getFieldViolationsList().stream()
              .map(violation -> new FieldViolation(violation.getField(), violation.getDescription()))
              .toList();
      return new ErrorDetails(fromSluice, reason, sideEffect, violations, retryAfter, metadata);
    }
    return this;
  }

  private ErrorDetails with(ErrorInfo info) {
    String told = info.getMetadataOrDefault("side_effect", "");
    return new ErrorDetails(
        true,
        info.getReason(),
        told.equals("none") ? SideEffect.NONE : SideEffect.POSSIBLE,
        fieldViolations,
        retryAfter,
        Map.copyOf(info.getMetadataMap()));
  }
}
