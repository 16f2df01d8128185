# A gRPC server in C core, without generated code: messages are bytes.
import concurrent.futures
import time

import grpc

same = dict(request_deserializer=lambda raw: raw, response_serializer=lambda raw: raw)


def unary(request, context):
    context.set_trailing_metadata((("x-size", str(len(request))),))
    return request


def fail(request, context):
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "not today, no\u00e9")


def slow(request, context):
    time.sleep(3)
    return request


server = grpc.server(
    concurrent.futures.ThreadPoolExecutor(16),
    options=[("grpc.max_receive_message_length", 64 << 20), ("grpc.max_send_message_length", 64 << 20)],
)
server.add_generic_rpc_handlers(
    [
        grpc.method_handlers_generic_handler(
            "Echo",
            {
                "Unary": grpc.unary_unary_rpc_method_handler(unary, **same),
                "Fail": grpc.unary_unary_rpc_method_handler(fail, **same),
                "Slow": grpc.unary_unary_rpc_method_handler(slow, **same),
                "Both": grpc.stream_stream_rpc_method_handler(lambda requests, _: requests, **same),
                "Down": grpc.unary_stream_rpc_method_handler(lambda request, _: iter([request] * 200), **same),
            },
        )
    ]
)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
