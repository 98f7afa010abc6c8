package dev.sluice;

import dev.sluice.v1.DiagnoseNotificationRequest;
import dev.sluice.v1.DiagnoseNotificationResponse;
import dev.sluice.v1.GetNotificationRequest;
import dev.sluice.v1.ListNotificationsRequest;
import dev.sluice.v1.ListNotificationsResponse;
import dev.sluice.v1.Notification;
import dev.sluice.v1.NotificationServiceGrpc;
import dev.sluice.v1.ReplayNotificationRequest;
import java.time.Duration;

/** Reads what providers have notified: the unary calls of {@code NotificationService}. What each does and promises is with the stub. */
public final class Notifications {
  private final Calls calls;

  Notifications(Calls calls) {
    this.calls = calls;
  }

  /** The same calls with this deadline, over all tries of each. */
  public Notifications withDeadline(Duration deadline) {
    return new Notifications(calls.withDeadline(deadline));
  }

  public ListNotificationsResponse listNotifications(ListNotificationsRequest request) {
    return calls.call(NotificationServiceGrpc.getListNotificationsMethod(), request);
  }

  public Notification getNotification(GetNotificationRequest request) {
    return calls.call(NotificationServiceGrpc.getGetNotificationMethod(), request);
  }

  public Notification replayNotification(ReplayNotificationRequest request) {
    return calls.call(NotificationServiceGrpc.getReplayNotificationMethod(), request);
  }

  public DiagnoseNotificationResponse diagnoseNotification(DiagnoseNotificationRequest request) {
    return calls.call(NotificationServiceGrpc.getDiagnoseNotificationMethod(), request);
  }
}
