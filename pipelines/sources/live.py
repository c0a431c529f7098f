"""The network door: every byte that leaves for a vendor or comes from one passes `Live.send`. The only user of requests.

Owns patience (time limits, pace, retries, Retry-After) and the key, which is added last and never seen again. Reading the
body to its end belongs to `pipelines.sources.body`, its meaning to `pipelines.vendors`, keeping it to `pipelines.archive`.

Retries are one tenacity loop rather than urllib3's Retry with a loop around it: Retry does not see a body that breaks off,
sleeps where neither pace nor deadline can reach it, and two layers multiply their attempts.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urljoin, urlsplit

import requests
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt, stop_before_delay
from urllib3.exceptions import HTTPError

from pipelines import settings
from pipelines.catalog import Series
from pipelines.sources import Unreachable
from pipelines.sources.body import Broken, Unwanted, read_whole
from pipelines.vendors import Answer, Request, Vendor, module

log = logging.getLogger(__name__)

USER_AGENT = f"Mozilla/5.0 (compatible; Lockstep/{version('lockstep')}; +https://github.com/lockstep)"
HEADERS_KEPT = ("content-type", "date", "etag", "last-modified", "retry-after")
REDIRECTS = 3
ADVICE = "Nothing was stored and the next run asks again; if it lasts, look at the network and at"
NO_ANSWER = (requests.RequestException, HTTPError, Broken)


@dataclass(frozen=True)
class Patience:
    """How long we try. Seconds; `longest_body` in bytes after decompression.

    `deadline` bounds everything from the first question to the last byte, pauses included; a Retry-After that reaches
    beyond it ends the attempts. `read` is the longest silence between two bytes.
    """

    connect: float = 10
    read: float = 30
    deadline: float = 180
    attempts: int = 5
    backoff: float = 2
    longest_body: int = 64 * 2**20


class Live:
    """The vendors themselves. `pause` is how it waits, given so that tests need not.

    The pace of a vendor holds across threads. A vendor that left every attempt at a question without a good answer is asked the
    next ones once each, until it gives one: an hour of patience with one that is down would be an hour for all the others.
    """

    name = "live"
    label = ""

    def __init__(self, now: datetime | None = None, patience: Patience | None = None, pause: Callable[[float], None] = time.sleep) -> None:
        self._now = now
        self._patience = patience or Patience()
        self._pause = pause
        self._session = requests.Session()
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
        self._turns: dict[str, float] = {}
        self._down: set[str] = set()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment given, or the clock's."""
        return self._now or datetime.now(UTC)

    def holds(self, series: Series) -> bool:
        """True: the vendors are asked for every series."""
        return True

    def send(self, request: Request) -> Answer:
        """The vendor's answer, of whatever status once the retries of 429 and 5xx are used up.

        Raises:
            Unreachable: no whole answer came; it is too long; it sends us to another host; or the key is not set.
            LookupError: the request names a vendor that nobody wrote.
        """
        vendor = module(request.vendor).VENDOR
        url, params = _address(request.url), [*request.params, *_key(request, vendor)]
        self._await_turn(vendor)
        deadline = time.monotonic() + self._patience.deadline
        retrying = Retrying(
            retry=retry_if_exception_type(NO_ANSWER) | retry_if_result(_is_transient),
            stop=stop_after_attempt(1 if vendor.name in self._down else self._patience.attempts)
            | stop_before_delay(self._patience.deadline),
            wait=self._wait,
            before_sleep=lambda state: log.warning("%s: %s; asking again in %.1f s", vendor.title, _what(state), state.upcoming_sleep),
            sleep=lambda seconds: self._rest(vendor, seconds),
            retry_error_callback=lambda state: _give_up(state, vendor, request),
        )
        try:
            answer = retrying(self._ask, url, params, deadline)
        except Unreachable:
            self._down.add(vendor.name)
            raise
        except Unwanted as refusal:
            told = f"{vendor.title}: the answer for {request.series_id} was not read, for {settings.redacted(str(refusal))}."
            raise Unreachable(f"{told} {ADVICE} {vendor.site}.") from None
        if _is_transient(answer):
            self._down.add(vendor.name)
        else:
            self._down.discard(vendor.name)
        return answer

    def _ask(self, url: str, params: list[tuple[str, str]], deadline: float) -> Answer:
        with self._get(url, params, deadline) as response:
            encoding = response.headers.get("Content-Encoding", "identity")
            body = read_whole(response.raw.read1, encoding, self._patience.longest_body, deadline)
            headers = {name: settings.redacted(response.headers[name]) for name in HEADERS_KEPT if name in response.headers}
        body = settings.redacted(body.decode("latin-1")).encode("latin-1")  # an answer may spell out the address that was asked
        return Answer(response.status_code, body, headers)

    def _get(self, url: str, params: list[tuple[str, str]], deadline: float) -> requests.Response:
        for _ in range(1 + REDIRECTS):
            left = max(deadline - time.monotonic(), 0.01)
            limits = (min(self._patience.connect, left), min(self._patience.read, left))
            response = self._session.get(url, params=params, stream=True, allow_redirects=False, timeout=limits)
            if not response.is_redirect:
                return response
            response.close()
            url, params = _moved(response), []
        raise Unwanted(f"it redirects more than {REDIRECTS} times")

    def _wait(self, state: RetryCallState) -> float:
        """Doubling pauses with jitter, or what the vendor asks for where that is longer."""
        doubling = self._patience.backoff * 2 ** (state.attempt_number - 1) * random.uniform(1, 1.5)
        answer = None if _failure(state) else state.outcome and state.outcome.result()
        return max(doubling, _retry_after(answer.headers.get("retry-after", ""), datetime.now(UTC)) if answer else 0)

    def _rest(self, vendor: Vendor, seconds: float) -> None:
        self._pause(seconds)
        self._await_turn(vendor)

    def _await_turn(self, vendor: Vendor) -> None:
        """Take the next free slot of the vendor's pace, and wait for it."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._turns.get(vendor.name, now))
            self._turns[vendor.name] = turn + vendor.pace_seconds
        if turn > now:
            self._pause(turn - now)


def _address(url: str) -> str:
    """The vendor's address, or its place on the mirror: <mirror>/<host>/<path>."""
    base = settings.vendor_base()
    return f"{base}/{url.split('://', 1)[1]}" if base else url


def _key(request: Request, vendor: Vendor) -> list[tuple[str, str]]:
    if request.key is None:
        return []
    value = settings.key(request.key)
    if value is None or vendor.key_param is None:
        raise Unreachable(f"{vendor.title} asks for a key: set {request.key} (free at {vendor.site}) or leave the keyed request out.")
    return [(vendor.key_param, value)]


def _moved(response: requests.Response) -> str:
    """Where a redirect within the same scheme, host and port leads."""
    target = urljoin(response.url, response.headers["Location"])
    here, there = urlsplit(response.url), urlsplit(target)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Unwanted(f"it redirects from {here.scheme}://{here.hostname} to {there.scheme}://{there.hostname}")
    return target


def _retry_after(text: str, now: datetime) -> float:
    """Seconds, from a Retry-After of either form; 0 where it says nothing."""
    if text.isdecimal():
        return float(text)
    try:
        return max((parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds(), 0)
    except ValueError:
        return 0


def _is_transient(answer: Answer) -> bool:
    return answer.status == 429 or answer.status >= 500


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def _what(state: RetryCallState) -> str:
    """What came of the last attempt, on one line, without keys."""
    failure = _failure(state)
    if failure is None:
        return f"status {state.outcome.result().status}" if state.outcome else "nothing"
    said = settings.redacted(f"{type(failure).__name__}: {failure}")
    return said if len(said) <= 400 else f"{said[:150]} … {said[-250:]}"  # requests puts the address first and the cause last


def _give_up(state: RetryCallState, vendor: Vendor, request: Request) -> Answer:
    """The last answer, error or not; where there was none, say so (outside the handler: the cause's text holds the key)."""
    if _failure(state) is None and state.outcome:
        return state.outcome.result()
    tried = f"{state.attempt_number} attempts ({_what(state)})"
    raise Unreachable(f"{vendor.title}: no answer for {request.series_id} in {tried}. {ADVICE} {vendor.site}.")


def _without_keys(record: logging.LogRecord) -> bool:
    record.msg, record.args = settings.redacted(record.getMessage()), ()
    return True


logging.getLogger("urllib3.connectionpool").addFilter(_without_keys)  # at DEBUG it writes whole request lines, keys included
