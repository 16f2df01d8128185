# Calls the server beside it through whatever listens on the port; prints what held, one word a line.
import os
import sys

import grpc

channel = grpc.insecure_channel("127.0.0.1:" + sys.argv[1], options=[("grpc.max_receive_message_length", 64 << 20)])
raw = dict(request_serializer=lambda message: message, response_deserializer=lambda message: message)


def error_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code().name, error.details()
    return "OK", ""


unary = channel.unary_unary("/Echo/Unary", **raw)
for size in [0, 1, 16_384, 65_535, 65_536, 70_000, 100_000, 262_144, 1 << 20, 10 << 20]:
    for _ in range(5):
        message = os.urandom(size)
        answer, call = unary.with_call(message)
        assert answer == message, size
        assert ("x-size", str(size)) in [(key, value) for key, value in call.trailing_metadata()]
print("unary")

fail = channel.unary_unary("/Echo/Fail", **raw)
for _ in range(20):
    assert error_of(lambda: fail(b"x")) == ("FAILED_PRECONDITION", "not today, no\u00e9")
assert error_of(lambda: channel.unary_unary("/Echo/Nothing", **raw)(b""))[0] == "UNIMPLEMENTED"
print("errors")

messages = [os.urandom(50_000) for _ in range(50)]
assert list(channel.stream_stream("/Echo/Both", **raw)(iter(messages))) == messages
assert sum(map(len, channel.unary_stream("/Echo/Down", **raw)(b"y" * 50_000))) == 200 * 50_000
print("streams")

assert error_of(lambda: channel.unary_unary("/Echo/Slow", **raw)(b"x", timeout=0.5))[0] == "DEADLINE_EXCEEDED"
print("deadline")
