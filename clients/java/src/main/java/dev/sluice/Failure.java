package dev.sluice;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;

/**
 * A call that failed.
 *
 * @param fromSluice Sluice itself has spoken, by an ErrorInfo, and not only the transport
 */
record Failure(SluiceException error, boolean fromSluice) {

  static Failure of(StatusRuntimeException failed, String requestId) {
    return of(failed.getStatus(), failed.getTrailers(), requestId, failed);
  }

  static Failure of(Status status, Metadata trailers, String requestId, Throwable cause) {
    ErrorDetails said = ErrorDetails.of(trailers);
    String message = status.getDescription() == null ? "" : status.getDescription();
    return new Failure(
        new SluiceException(codeOf(status), message, said, requestId, cause), said.fromSluice());
  }

  // gRPC calls some connections that break UNKNOWN. What comes from a server has no cause.
  private static Status.Code codeOf(Status status) {
    boolean broken =
        status.getCode() == Status.Code.UNKNOWN && status.getCause() instanceof IOException;
    return broken ? Status.Code.UNAVAILABLE : status.getCode();
  }

  /** Between two tries nothing is under way, and the last one said what it has left behind. */
  SluiceException givenUp(String why) {
    ErrorDetails said =
        error.sideEffect() == SideEffect.NONE ? ErrorDetails.NOTHING_SENT : ErrorDetails.NONE;
    return new SluiceException(
        Status.Code.CANCELLED,
        why,
        said,
        error.requestId().orElse(null),
        error);
  }
}
