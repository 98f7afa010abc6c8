package dev.sluice;

import dev.sluice.v1.Event;
import dev.sluice.v1.EventServiceGrpc;
import dev.sluice.v1.GetEventRequest;
import dev.sluice.v1.ListEventsRequest;
import dev.sluice.v1.ListEventsResponse;
import java.time.Duration;

/** Reads the event log: the unary calls of {@code EventService}. What each does and promises is with the stub. */
public final class Events {
  private final Calls calls;

  Events(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Events withDeadline(Duration deadline) {
    return new Events(calls.withDeadline(deadline));
  }

  public ListEventsResponse listEvents(ListEventsRequest request) {
    return calls.call(EventServiceGrpc.getListEventsMethod(), request);
  }

  public Event getEvent(GetEventRequest request) {
    return calls.call(EventServiceGrpc.getGetEventMethod(), request);
  }
}
