"""A TCP relay whose connections can be broken: what a client sees is a real reset, not a status.

They can also go dead without a word, as those that a firewall has forgotten.
"""

import socket
import struct
import threading

# Small, so that a reader who stops is felt at the other end soon: see the slow reader's scenario.
BUFFER_BYTES = 65536
CHUNK_BYTES = 16384


class Relay:
    """Listens on a loopback port that stays the same, and carries bytes to another one."""

    def __init__(self, target_port):
        self._target = ("127.0.0.1", target_port)
        self._lock = threading.Lock()
        self._pairs = set()
        self._dead = set()  # The clients' ends of frozen connections: open, and nobody reads them.
        self._down = False
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.endpoint = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Resets every connection there is. New ones are accepted."""
        with self._lock:
            ends = self._dead.union(*self._pairs)
            self._pairs, self._dead = set(), set()
        for end in ends:
            _reset(end)

    def freeze(self):
        """Nothing that there is carries a byte any more, and its client is told nothing of it. The
        other end is reset: whoever is there has gone. New connections are as ever."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
            self._dead.update(client for client, _ in pairs)
        for _, server in pairs:
            _reset(server)

    def down(self):
        """Resets every connection, and each new one at once, until up()."""
        self._down = True
        self.cut()

    def up(self):
        self._down = False

    def close(self):
        self._listener.close()
        self.down()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._down:
                _reset(client)
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                _reset(client)
                continue
            pair = (client, server)
            for end in pair:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            with self._lock:
                self._pairs.add(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(pair, source, sink), daemon=True).start()

    def _pump(self, pair, source, sink):
        try:
            while data := source.recv(CHUNK_BYTES):
                sink.sendall(data)
            if sink not in self._dead:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            with self._lock:
                self._pairs.discard(pair)
                alive = [end for end in pair if end not in self._dead]
            for end in alive:
                _reset(end)


def _reset(end):
    try:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
