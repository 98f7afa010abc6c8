import dev.sluice.ClientOptions;
import dev.sluice.Item;
import dev.sluice.SluiceClient;
import dev.sluice.Watch;
import dev.sluice.v1.Event;
import dev.sluice.v1.WatchEventsRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A line for every event, until Ctrl-C: {@code TailEvents ENDPOINT [CURSOR-FILE]}. With a file it
 * goes on where it was stopped, and leaves nothing out.
 */
public final class TailEvents {
  public static void main(String[] args) throws IOException {
    Path file = args.length > 1 ? Path.of(args[1]) : null;
    String stored = file != null && Files.exists(file) ? Files.readString(file) : "";
    WatchEventsRequest.Builder request =
        WatchEventsRequest.newBuilder().setParent("merchants/demo");
    if (stored.isEmpty()) {
      request.setBeginning(WatchEventsRequest.Beginning.getDefaultInstance());
    } else {
      request.setCursor(stored);
    }
    ClientOptions options = ClientOptions.builder(args[0]).plaintext().build();
    try (SluiceClient client = new SluiceClient(options);
        Watch<Event> watch = client.watchEvents(request.build())) {
      for (Item<Event> item : watch) {
        Event event = item.value();
        System.out.println(
            event.getSequence() + " " + event.getType() + " " + event.getResource());
        // Only now is the event dealt with.
        if (file != null && !item.cursor().isEmpty()) {
          Path next = Path.of(file + ".new");
          Files.writeString(next, item.cursor());
          Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        }
      }
    }
  }
}
