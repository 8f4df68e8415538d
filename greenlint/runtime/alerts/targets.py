"""Where alerts go: Python's logging, a webhook, a command."""

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from greenlint.runtime.alerts.alert import EXCEEDED, Alert

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

    from greenlint.policy import limits

logger = logging.getLogger("greenlint")

WEBHOOK_TIMEOUT = 5.0  # seconds for each step of a request: connecting, sending, the answer
ATTEMPTS = 4
BACKOFF = 0.5  # seconds before the second attempt; doubled before each further one
ALERT_VARIABLE = "GREENLINT_ALERT"
_LOOK_AGAIN_AFTER = 0.02  # seconds
_PASSING = frozenset({408, 429})  # the server timed out, or has had too many requests


class Target(Protocol):
    """Something that can be told of an alert; it is called from a thread of its own."""

    @property
    def name(self) -> str:
        """The target as messages name it, without anything secret."""
        ...

    def deliver(self, alert: Alert) -> None:
        """Tell it; a failure is logged, without anything secret."""
        ...

    def hurry(self) -> None:
        """The program ends: wait for nothing any more."""
        ...


class LogTarget:
    """Python's logging, logger `greenlint`: a warning, or an error when the limit is passed."""

    name = "log"

    def deliver(self, alert: Alert) -> None:
        """Log the alert's text; its values are in `record.alert`."""
        level = logging.ERROR if alert.threshold == EXCEEDED else logging.WARNING
        logger.log(level, alert.text, extra={"alert": alert})

    def hurry(self) -> None:
        """A log waits for nothing."""


class WebhookTarget:
    """Posts JSON; tries again on refused connections, timeouts and answers that say so.

    Redirects are not followed: the address may be a secret, and so may the alert. Messages name
    the target by `name` alone, never by its address.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        timeout: float = WEBHOOK_TIMEOUT,
        attempts: int = ATTEMPTS,
        backoff: float = BACKOFF,
    ) -> None:
        self.name = name
        self._url = url
        self._timeout = timeout
        self._attempts = attempts
        self._backoff = backoff
        self._hurry = threading.Event()
        _import_now("encodings.idna", "ssl", "urllib.request")

    def deliver(self, alert: Alert) -> None:
        """Post it, at most `attempts` times."""
        body = alert.json().encode()
        for attempt in range(1, self._attempts + 1):
            failure, again = self._post(body)
            if failure is None:
                return
            last = attempt == self._attempts or self._hurry.is_set()
            if not again or last:
                logger.warning("An alert was not delivered to %s: %s.", self.name, failure)
                return
            self._hurry.wait(self._backoff * 2 ** (attempt - 1))

    def hurry(self) -> None:
        """Wait no longer between attempts."""
        self._hurry.set()

    def _post(self, body: bytes) -> tuple[str | None, bool]:
        """What went wrong, if anything, and whether another attempt may help."""
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import Request

        headers = {"Content-Type": "application/json", "User-Agent": "greenlint"}
        try:
            request = Request(self._url, body, headers, method="POST")  # noqa: S310  # checked
            with _opener().open(request, timeout=self._timeout):
                return None, False
        except HTTPError as error:
            error.close()
            return _answer(error.code)
        except URLError as error:
            reason = error.reason
            return _words(reason) if isinstance(reason, OSError) else "no connection", True
        except OSError as error:
            return _words(error), True
        except (HTTPException, ValueError) as error:
            # The text of these may quote the address.
            return type(error).__name__, False


class CommandTarget:
    """Runs a program, without a shell, that gets the alert as JSON on its standard input.

    It runs in a session of its own, which is killed when `timeout` seconds have passed; its output
    is discarded.
    """

    def __init__(self, command: Sequence[str], *, timeout: float) -> None:
        self.name = f"command {os.path.basename(command[0])}"  # noqa: PTH119  # a word, no path
        self._command = tuple(command)
        self._timeout = timeout

    def deliver(self, alert: Alert) -> None:
        """Run it once; the alert's text is also in its environment, as GREENLINT_ALERT."""
        try:
            process = self._spawn(alert)
        except (OSError, ValueError) as error:
            failure = _words(error) if isinstance(error, OSError) else type(error).__name__
        else:
            failure = self._wait(process)
        if failure:
            logger.warning("An alert was not delivered to %s: %s.", self.name, failure)

    def hurry(self) -> None:
        """A program that runs is not cut short: the bound of the exit is."""

    def _spawn(self, alert: Alert) -> int:
        """The program's id. Unlike `subprocess`, this clears what signals the caller blocks."""
        theirs, ours = os.pipe()
        try:
            process = os.posix_spawnp(
                self._command[0],
                self._command,
                {**os.environ, ALERT_VARIABLE: alert.text},
                file_actions=(
                    (os.POSIX_SPAWN_DUP2, theirs, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ),
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )
            os.close(theirs)
            theirs = -1
            with contextlib.suppress(BrokenPipeError):  # a program need not read
                os.write(ours, alert.json().encode())
        finally:
            os.close(ours)
            if theirs >= 0:
                os.close(theirs)
        return process

    def _wait(self, process: int) -> str:
        """Why it failed, if it did."""
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            try:
                ended, status = os.waitpid(process, os.WNOHANG)
            except ChildProcessError:  # the program around us waits for all children itself
                return ""
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return f"exit code {code}" if code else ""
            time.sleep(_LOOK_AGAIN_AFTER)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, 0)
        return f"it took longer than {self._timeout:g} s"


def targets_of(
    alerts: Sequence["limits.Alert"], environment: Mapping[str, str] = os.environ
) -> tuple[Target, ...]:
    """The targets that a policy names; one whose address is missing is logged and left out."""
    return tuple(target for alert in alerts for target in _targets(alert, environment))


def _targets(alert: "limits.Alert", environment: Mapping[str, str]) -> Iterator[Target]:
    match alert.to:
        case "log":
            yield LogTarget()
        case "webhook":
            yield from _webhook(alert, environment)
        case "command":
            yield CommandTarget(alert.command, timeout=alert.timeout)


def _webhook(alert: "limits.WebhookAlert", environment: Mapping[str, str]) -> Iterator[Target]:
    from urllib.parse import urlsplit

    if alert.url_env is None:
        url = str(alert.url)
        yield WebhookTarget(f"webhook {urlsplit(url).hostname}", url)
        return
    name, url = f"webhook ${alert.url_env}", environment.get(alert.url_env, "")
    if url.startswith(("https://", "http://")):
        yield WebhookTarget(name, url)
        return
    state = "holds no http or https address" if url else "is not set"
    logger.warning("No alerts go to %s: the variable %s.", name, state)


def _import_now(*modules: str) -> None:
    """Import what a target's thread will need.

    A program may fork while that thread imports, and its child would wait for ever for the lock
    of the half-imported module.
    """
    for module in modules:
        import_module(module)


def _opener() -> "OpenerDirector":
    """What urllib opens with, proxies included, but for redirects and other schemes."""
    from urllib import request

    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler,
        request.HTTPHandler,
        request.HTTPSHandler,
        request.HTTPDefaultErrorHandler,
        request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _answer(status: int) -> tuple[str, bool]:
    redirected = ", and redirects are not followed" if 300 <= status < 400 else ""
    return f"HTTP status {status}{redirected}", status >= 500 or status in _PASSING


def _words(error: OSError) -> str:
    """The error's own words: those of the operating system hold no address."""
    if isinstance(error, TimeoutError):
        return "timed out"
    return (error.strerror or type(error).__name__).lower()
