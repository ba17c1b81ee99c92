"""A stock gRPC client of the suite in Python: messages compiled from proto/, the shipped service config, a call by name.

One `Schema` per test, one `Client` per set of addresses; clients are used from one asyncio loop.
"""

import subprocess

import grpc
import grpc.aio
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import suite

SERVICE_CONFIG = suite.SOURCE_DIR / "deploy/grpc/service_config.json"
SERVING = 1  # of grpc.health.v1.HealthCheckResponse
FILES = ("intake/v1/complaint_service", "intake/v1/directory_service", "intake/v1/inbound_service",
         "intake/v1/log_service", "classifier/v1/classifier_service", "routing/v1/routing_service",
         "sla/v1/sla_service", "analytics/v1/analytics_service", "personal/v1/personal")
OTHER_FILES = ("google/rpc/error_details.proto", "google/rpc/status.proto", "grpc/health/v1/health.proto")


class Schema:
    """Messages and methods by their short names: `message("intake.v1.AddNoteRequest")`, `ComplaintService/AddNote`."""

    def __init__(self, folder):
        compiled = folder / "protos.bin"
        proto = suite.SOURCE_DIR / "proto"
        files = [proto / "redress" / (name + ".proto") for name in FILES] + [proto / name for name in OTHER_FILES]
        subprocess.run(["protoc", f"-I{proto}", "--include_imports", f"--descriptor_set_out={compiled}", *files],
                       check=True)
        self._pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self._pool)
        self.methods = {}
        services = []
        for file in descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes()).file:
            self._pool.Add(file)
            services += [f"{file.package}.{service.name}" for service in file.service]
        for name in services:
            for method in self._pool.FindServiceByName(name).methods:
                self.methods[f"{name.rsplit('.', 1)[1]}/{method.name}"] = (
                    f"/{name}/{method.name}", self._factory.GetPrototype(method.input_type),
                    self._factory.GetPrototype(method.output_type))

    def request(self, method, **fields):
        return self.methods[method][1](**fields)

    def unary(self, channel, method):
        """The method on a channel, to be called with a request; awaited if the channel is one of asyncio."""
        path, _, response = self.methods[method]
        return channel.unary_unary(path, request_serializer=lambda message: message.SerializeToString(),
                                   response_deserializer=response.FromString)

    def message(self, name):
        full_name = name if name.startswith(("google.", "grpc.")) else "redress." + name
        return self._factory.GetPrototype(self._pool.FindMessageTypeByName(full_name))

    def reason(self, error):
        """The reason that an error of the suite names, else an empty text."""
        for key, value in error.trailing_metadata() or ():
            if key != "grpc-status-details-bin":
                continue
            for detail in self.message("google.rpc.Status").FromString(value).details:
                told = self.message("google.rpc.ErrorInfo")()
                if detail.Unpack(told):
                    return told.reason
        return ""


def is_ready(schema, address):
    """Whether the process there says that it serves."""
    with grpc.insecure_channel(address) as channel:
        try:
            return schema.unary(channel, "Health/Check")(schema.request("Health/Check"), timeout=5).status == SERVING
        except grpc.RpcError:
            return False


class Client:
    """A channel to one or several instances, as any client in Python makes one."""

    def __init__(self, schema, addresses, options=()):
        self._schema = schema
        self._channel = grpc.aio.insecure_channel("ipv4:" + ",".join(addresses), options=[
            ("grpc.service_config", SERVICE_CONFIG.read_text()), ("grpc.lb_policy_name", "round_robin"),
            ("grpc.max_reconnect_backoff_ms", 1000), ("grpc.max_receive_message_length", 64 << 20), *options])
        self._methods = {}

    def request(self, method, **fields):
        return self._schema.request(method, **fields)

    async def send(self, method, request, timeout=10.0):
        """Raises grpc.aio.AioRpcError."""
        if method not in self._methods:
            self._methods[method] = self._schema.unary(self._channel, method)
        return await self._methods[method](request, timeout=timeout)

    async def call(self, method, timeout=10.0, **fields):
        return await self.send(method, self.request(method, **fields), timeout)

    def stream(self, method, **fields):
        path, request, response = self._schema.methods[method]
        return self._channel.unary_stream(path, request_serializer=lambda message: message.SerializeToString(),
                                          response_deserializer=response.FromString)(request(**fields))

    async def close(self):
        await self._channel.close()
