"""An HTTP server on 127.0.0.1 for a WSGI application, in a thread of this process."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from simulator.endpoint import Application


class _Handler(MotoRequestHandler):
    """moto's reading of headers, without a log line for each request."""

    protocol_version = "HTTP/1.1"  # keeps connections open, as AWS does

    def log_request(self, code: Any = "-", size: Any = "-") -> None:  # noqa: ANN401  # the signature is werkzeug's
        """Write no log line."""


@cache
def moto() -> Application:
    """Return moto as one application. It keeps nothing of an account, and takes some megabytes for each service."""
    application: Application = DomainDispatcherApplication(create_backend_app)
    return application


@contextmanager
def serving(application: Application, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve while the block runs, over TLS with a context; yields the URL, on a port that was free."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Handler, ssl_context=context)
    server.daemon_threads = True  # type: ignore[attr-defined]  # of the threading mixin: an idle connection holds nobody up
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
