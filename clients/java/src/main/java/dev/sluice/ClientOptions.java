package dev.sluice;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a client is told when it is made. Immutable. */
public final class ClientOptions {
  private static final Pattern HOST_AND_PORT =
      Pattern.compile("(?:\\[([^\\]]*)\\]|([^:]*))(?::\\d+)?");
  private static final Pattern LOOPBACK_ADDRESS = Pattern.compile("127(\\.\\d{1,3}){3}");

  private final String endpoint;
  private final boolean plaintext;
  private final byte[] rootCertificates;
  private final byte[] clientCertificate;
  private final byte[] clientKey;
  private final String apiKey;
  private final Duration deadline;
  private final int maxAttempts;
  private final Duration initialBackoff;
  private final Duration maxBackoff;
  private final Duration silence;
  private final Duration keepalive;

  private ClientOptions(Builder builder) {
    endpoint = Objects.requireNonNull(builder.endpoint, "endpoint");
    plaintext = builder.plaintext;
    rootCertificates = builder.rootCertificates;
    clientCertificate = builder.clientCertificate;
    clientKey = builder.clientKey;
    apiKey = builder.apiKey;
    deadline = positive("deadline", builder.deadline);
    if (builder.maxAttempts < 1) {
      throw SluiceException.refused("maxAttempts must be at least 1");
    }
    maxAttempts = builder.maxAttempts;
    initialBackoff = notNegative("initialBackoff", builder.initialBackoff);
    maxBackoff = notNegative("maxBackoff", builder.maxBackoff);
    silence = positive("silence", builder.silence);
    keepalive = positive("keepalive", builder.keepalive);
    if (plaintext && !apiKey.isEmpty() && !isLoopback(endpoint)) {
      throw SluiceException.refused(
          "an API key is not sent over plaintext, except to loopback: use TLS");
    }
  }

  /** Options for an endpoint: "host:port", or any target that gRPC takes. TLS, unless changed. */
  public static Builder builder(String endpoint) {
    return new Builder(endpoint);
  }

  public String endpoint() {
    return endpoint;
  }

  public boolean isPlaintext() {
    return plaintext;
  }

  public Duration deadline() {
    return deadline;
  }

  public int maxAttempts() {
    return maxAttempts;
  }

  public Duration initialBackoff() {
    return initialBackoff;
  }

  public Duration maxBackoff() {
    return maxBackoff;
  }

  public Duration silence() {
    return silence;
  }

  public Duration keepalive() {
    return keepalive;
  }

  String apiKey() {
    return apiKey;
  }

  byte[] rootCertificates() {
    return rootCertificates;
  }

  byte[] clientCertificate() {
    return clientCertificate;
  }

  byte[] clientKey() {
    return clientKey;
  }

  /** Whether what is sent to the endpoint cannot leave this machine. Names are not resolved. */
  static boolean isLoopback(String endpoint) {
    if (endpoint.startsWith("unix:")) {
      return true;
    }
    String address = endpoint.replaceFirst("^dns:(///)?", "");
    Matcher host = HOST_AND_PORT.matcher(address);
    if (!host.matches()) {
      return false;
    }
    String name = host.group(1) != null ? host.group(1) : host.group(2);
    return name.equals("localhost")
        || name.equals("::1")
        || LOOPBACK_ADDRESS.matcher(name).matches();
  }

  private static Duration positive(String name, Duration value) {
    if (value.isZero() || value.isNegative()) {
      throw SluiceException.refused(name + " must be more than nothing");
    }
    return value;
  }

  private static Duration notNegative(String name, Duration value) {
    if (value.isNegative()) {
      throw SluiceException.refused(name + " must not be negative");
    }
    return value;
  }

  /** Makes options. */
  public static final class Builder {
    private final String endpoint;
    private boolean plaintext;
    private byte[] rootCertificates;
    private byte[] clientCertificate;
    private byte[] clientKey;
    private String apiKey = "";
    private Duration deadline = Duration.ofSeconds(10);
    private int maxAttempts = 4;
    private Duration initialBackoff = Duration.ofMillis(100);
    private Duration maxBackoff = Duration.ofSeconds(5);
    private Duration silence = Duration.ofSeconds(45);
    private Duration keepalive = Duration.ofSeconds(20);

    private Builder(String endpoint) {
      this.endpoint = endpoint;
    }

    /** No TLS. */
    public Builder plaintext() {
      plaintext = true;
      return this;
    }

    /** The roots (PEM) that may have signed the server's certificate, in place of Java's own. */
    public Builder rootCertificates(String pem) {
      rootCertificates = pem.getBytes(StandardCharsets.US_ASCII);
      return this;
    }

    /** The client's certificate and its key (PEM), for servers that ask for one. */
    public Builder clientCertificate(String certificatePem, String keyPem) {
      clientCertificate = certificatePem.getBytes(StandardCharsets.US_ASCII);
      clientKey = keyPem.getBytes(StandardCharsets.US_ASCII);
      return this;
    }

    /** Sent as {@code authorization: Bearer}. Refused over plaintext, except to loopback. */
    public Builder apiKey(String key) {
      apiKey = Objects.requireNonNull(key, "apiKey");
      return this;
    }

    /** Of a unary call over all its tries, unless the call has its own. 10 s. */
    public Builder deadline(Duration value) {
      deadline = value;
      return this;
    }

    /** How often a unary call is sent at most. 4. */
    public Builder maxAttempts(int value) {
      maxAttempts = value;
      return this;
    }

    /** The first bound of the random wait between tries. 100 ms. */
    public Builder initialBackoff(Duration value) {
      initialBackoff = value;
      return this;
    }

    /** The last bound of the random wait between tries. 5 s. */
    public Builder maxBackoff(Duration value) {
      maxBackoff = value;
      return this;
    }

    /** A watch that hears nothing for so long is opened anew. 45 s: three heartbeats. */
    public Builder silence(Duration value) {
      silence = value;
      return this;
    }

    /**
     * A connection that is silent for so long is asked by a ping whether it lives, and is given up
     * when no answer comes within half of that: a firewall that has forgotten it says nothing. 20 s;
     * what is shorter than 10 s is taken for 10 s.
     */
    public Builder keepalive(Duration value) {
      keepalive = value;
      return this;
    }

    /**
     * The options.
     *
     * @throws SluiceException when they make no sense together
     */
    public ClientOptions build() {
      return new ClientOptions(this);
    }
  }
}
