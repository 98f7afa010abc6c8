"""The API as data: message classes and methods, made from proto/ without generated code."""

import hashlib
import os
import pathlib
import subprocess
import sys
from importlib import resources

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = ROOT / "build" / "clients" / "certification"
PUBLIC = "sluice.v1."
SIMULATOR = "sluice.simulator.v1."


class Method:
    """One RPC: its path on the wire, its messages, and what a client may do with it."""

    def __init__(self, service, method, classes):
        self.path = f"/{service.full_name}/{method.name}"
        self.name = f"{service.name}/{method.name}"
        self.package = service.full_name.rsplit(".", 1)[0] + "."
        self.streams = method.server_streaming
        self.reads = method.name.startswith(("Get", "List"))
        self.request = classes(method.input_type)
        self.response = classes(method.output_type)
        self.has_request_id = "request_id" in self.request.DESCRIPTOR.fields_by_name


class Protos:
    """Every method of the API and of the simulators, by "Service/Method"."""

    def __init__(self):
        # A pool of its own: the common protos of the environment may be of another age.
        pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(_descriptor_set())
        for file in files.file:
            pool.Add(file)
        self.pool = pool
        self.methods = {}
        for file in files.file:
            for service in file.service:
                found = pool.FindServiceByName(f"{file.package}.{service.name}")
                for method in found.methods:
                    known = Method(found, method, message_factory.GetMessageClass)
                    self.methods[known.name] = known
        self.by_path = {method.path: method for method in self.methods.values()}

    def message(self, full_name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(full_name))

    def to_json(self, message):
        return json_format.MessageToDict(message, descriptor_pool=self.pool)

    def from_json(self, kind, value):
        return json_format.ParseDict(value, kind(), descriptor_pool=self.pool)


def _descriptor_set():
    """Compiles proto/ once per change of it."""
    protos = sorted((ROOT / "proto").glob("sluice/**/*.proto"))
    content = hashlib.sha256(b"".join(p.read_bytes() for p in protos)).hexdigest()
    out = BUILD / f"api-{content[:16]}.binpb"
    if out.exists():
        return out.read_bytes()
    import grpc_tools  # Only here: it is large.
    from google import rpc

    common = pathlib.Path(list(rpc.__path__)[0]).parents[1]
    out.parent.mkdir(parents=True, exist_ok=True)
    made = out.with_suffix(f".{os.getpid()}")
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'proto'}", f"-I{common}",
         f"-I{resources.files(grpc_tools) / '_proto'}", "--include_imports",
         f"--descriptor_set_out={made}", "google/rpc/error_details.proto",
         "google/rpc/status.proto", *[str(p.relative_to(ROOT / "proto")) for p in protos]],
        check=True)
    made.replace(out)
    return out.read_bytes()
