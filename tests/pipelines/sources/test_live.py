"""The network door, against a real server on this machine that does what vendors do on bad days."""

import contextlib
import gzip
import logging
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType

import pytest

from pipelines import catalog
from pipelines.sources import Unreachable, open_source
from pipelines.sources.live import Live, Patience
from pipelines.vendors import Answer, Request, Vendor
from tests.loopback import deliveries
from tests.loopback.deliveries import Delivery

SECRET = "0123456789abcdef0123456789abcd+/"
SPELLINGS = (SECRET, "0123456789abcdef0123456789abcd%2B%2F")
Reply = Callable[[BaseHTTPRequestHandler], None]


class Desk:
    """A server that gives one prepared reply a request, the last one again and again, and remembers what was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                desk.asked.append(self.path)
                desk.headers.append(dict(self.headers))
                reply = desk.replies.pop(0) if len(desk.replies) > 1 else desk.replies[0]
                self.close_connection = True
                reply(self)

            def log_message(self, *args: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()


def says(status: int, body: bytes = b"{}", *, length: int | None = None, **headers: str) -> Reply:
    """A reply of that status; `length` claims another Content-Length than the body's."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def delivers(delivery: Delivery) -> Reply:
    """A short answer on its way as that delivery does it."""
    return lambda handler: delivery(handler, Answer(200, b"half an answer"))


resets, hangs_up, breaks_off_a_chunk, trickles, is_silent = map(
    delivers, (deliveries.resets, deliveries.hangs_up, deliveries.breaks_off_a_chunk, deliveries.trickles, deliveries.is_silent)
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.server.shutdown()
    desk.server.server_close()


@pytest.fixture(autouse=True)
def vendor(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A vendor module of our own, in the place where a real one would stand."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "LOCKSTEP_VENDOR_BASE"):
        monkeypatch.delenv(name, raising=False)
    invented = ModuleType("pipelines.vendors.invented")
    monkeypatch.setitem(sys.modules, "pipelines.vendors.invented", invented)
    pace(invented, 0)
    return invented


class Clock:
    """A clock that nothing moves but a pause."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """In the place of the machine's clock, where the door looks at it."""
    clock = Clock()
    for module in ("live", "body"):
        monkeypatch.setattr(f"pipelines.sources.{module}.time", clock)
    return clock


def pace(module: ModuleType, seconds: float) -> None:
    facts = {"terms": "", "attribution": "", "overlap_days": 0, "key": "INVENTED_KEY", "key_param": "api_key"}
    vars(module)["VENDOR"] = Vendor(name="invented", title="The Inventor", site="https://inventor.example", pace_seconds=seconds, **facts)


def question(desk: Desk, *, key: str | None = None, params: tuple[tuple[str, str], ...] = (("id", "WALCL"),)) -> Request:
    return Request(vendor="invented", series_id="fed_total_assets", url=f"{desk.base}/graph.csv", params=params, key=key)


def unused_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def impatient(pauses: list[float] | None = None, **limits: float) -> Live:
    """The door with small limits; its pauses are noted, not made."""
    patience = replace(Patience(connect=1.0, read=0.3, deadline=60.0, attempts=3), **limits)
    return Live(patience=patience, pause=(pauses if pauses is not None else []).append)


def test_an_answer_comes_back_with_its_status_body_and_headers(desk):
    desk.replies = [says(200, b"date,value\n", Content_Type="text/csv", ETag='"7"', Set_Cookie="a=b")]
    answer = impatient().send(question(desk))
    assert (answer.status, answer.body) == (200, b"date,value\n")
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["etag"] == '"7"'
    assert "set-cookie" not in answer.headers


def test_parameters_go_out_in_their_order_with_the_key_last(desk, monkeypatch):
    monkeypatch.setenv("INVENTED_KEY", SECRET)
    desk.replies = [says(200)]
    impatient().send(question(desk, key="INVENTED_KEY", params=(("z", "1"), ("a", "2 3"), ("page[size]", "9"))))
    assert desk.asked == [f"/graph.csv?z=1&a=2+3&page%5Bsize%5D=9&api_key={SPELLINGS[1]}"]


def test_the_user_agent_says_who_asks(desk):
    desk.replies = [says(200)]
    impatient().send(question(desk))
    assert desk.headers[0]["User-Agent"].startswith("Mozilla/5.0 (compatible; Lockstep/")
    assert desk.headers[0]["User-Agent"].endswith("; +https://github.com/lockstep)")


def test_a_gzip_answer_is_unpacked(desk):
    desk.replies = [says(200, gzip.compress(b"x" * 100_000), Content_Encoding="gzip")]
    assert impatient().send(question(desk)).body == b"x" * 100_000


def test_too_many_requests_waits_as_long_as_the_vendor_asks(desk):
    desk.replies = [says(429, Retry_After="7"), says(200, b"now")]
    pauses: list[float] = []
    assert impatient(pauses).send(question(desk)).body == b"now"
    assert pauses == [7.0]


def test_a_retry_after_may_be_a_date(desk):
    desk.replies = [says(503, Retry_After=format_datetime(datetime.fromtimestamp(time.time() + 30, UTC), usegmt=True)), says(200)]
    pauses: list[float] = []
    impatient(pauses).send(question(desk))
    assert 27 < pauses[0] <= 30


@pytest.mark.parametrize("nonsense", ["soon", "-5", "Wed, 99 Foo 2025 00:00:00 GMT", "1e9"])
def test_a_retry_after_without_sense_is_passed_over(desk, nonsense):
    desk.replies = [says(429, Retry_After=nonsense), says(200)]
    pauses: list[float] = []
    impatient(pauses, backoff=1).send(question(desk))
    assert 1 <= pauses[0] <= 1.5


def test_too_many_requests_without_a_hint_waits_twice_as_long_each_time(desk):
    desk.replies = [says(429), says(429), says(200, b"now")]
    pauses: list[float] = []
    assert impatient(pauses, backoff=2).send(question(desk)).body == b"now"
    assert 2 <= pauses[0] <= 3
    assert 4 <= pauses[1] <= 6


def test_a_retry_after_beyond_the_deadline_is_not_waited_for(desk):
    desk.replies = [says(429, b"come back tomorrow", Retry_After="86400")]
    pauses: list[float] = []
    answer = impatient(pauses).send(question(desk))
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (429, b"come back tomorrow", "86400")
    assert (pauses, len(desk.asked)) == ([], 1)


def test_an_error_that_stays_comes_back_as_evidence(desk):
    desk.replies = [says(503, b"<html>maintenance</html>")]
    answer = impatient().send(question(desk))
    assert (answer.status, answer.body) == (503, b"<html>maintenance</html>")
    assert len(desk.asked) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_mistake_of_ours_is_not_repeated(desk, status):
    desk.replies = [says(status, b'{"error_code":400}')]
    assert impatient().send(question(desk)).status == status
    assert len(desk.asked) == 1


whole = gzip.compress(b"a long answer " * 1000)
BREAKS = {
    "a reset in the middle": resets,
    "no byte at all": hangs_up,
    "a body shorter than its length": says(200, b"half", length=1000),
    "a chunk that breaks off": breaks_off_a_chunk,
    "a gzip that breaks off": says(200, whole[:-20], Content_Encoding="gzip"),
    "a gzip without its checksum": says(200, whole[:-8], Content_Encoding="gzip"),
    "a gzip with another checksum": says(200, whole[:-8] + b"\0" * 8, Content_Encoding="gzip"),
    "a gzip with something behind it": says(200, whole + b"more", Content_Encoding="gzip"),
    "no gzip though said to be": says(200, b"plain text", Content_Encoding="gzip"),
    "silence": is_silent,
}


@pytest.mark.parametrize("failure", BREAKS)
def test_a_broken_answer_is_asked_for_again(desk, failure):
    desk.replies = [BREAKS[failure], says(200, b"whole")]
    assert impatient().send(question(desk)).body == b"whole"
    assert len(desk.asked) == 2


@pytest.mark.parametrize("failure", sorted(set(BREAKS) - {"silence"}))
def test_an_answer_that_never_comes_whole_is_no_answer(desk, failure):
    desk.replies = [BREAKS[failure]]
    with pytest.raises(Unreachable, match="The Inventor: no answer for fed_total_assets in 3 attempts") as raised:
        impatient().send(question(desk))
    assert "look at the network and at https://inventor.example." in str(raised.value)
    assert len(desk.asked) == 3


def test_nobody_listening_is_no_answer(desk):
    desk.base = unused_address()
    with pytest.raises(Unreachable, match="in 3 attempts"):
        impatient().send(question(desk))


@pytest.mark.parametrize("failure", [hangs_up, says(503)], ids=["no answer", "503"])
def test_a_vendor_that_is_down_is_asked_the_next_questions_once_each_until_it_answers(desk, failure):
    door, tried = impatient(), []
    for replies in ([failure], [failure], [failure, says(200)], [says(200)], [failure, failure, says(200)]):
        desk.replies, before = list(replies), len(desk.asked)
        with contextlib.suppress(Unreachable):
            door.send(question(desk))
        tried.append(len(desk.asked) - before)
    assert tried == [3, 1, 1, 1, 3]  # the last one after an answer: with patience again


def test_a_trickle_ends_at_the_deadline(desk):
    desk.replies = [trickles]
    with pytest.raises(Unreachable, match=r"1 attempts .*by the deadline"):
        impatient(deadline=0.4).send(question(desk))


def test_no_new_attempt_begins_when_its_pause_would_pass_the_deadline(desk):
    desk.replies = [resets]
    with pytest.raises(Unreachable, match="in 1 attempts"):
        impatient(deadline=1, backoff=5).send(question(desk))


def test_a_redirect_to_another_host_is_not_followed(desk):
    elsewhere = Desk()
    elsewhere.replies = [says(200, b"stolen")]
    desk.replies = [says(302, Location=f"{elsewhere.base}/graph.csv")]
    with pytest.raises(Unreachable, match=r"The Inventor: .*redirects from http://127.0.0.1"):
        impatient().send(question(desk))
    assert (elsewhere.asked, len(desk.asked)) == ([], 1)
    elsewhere.server.shutdown()
    elsewhere.server.server_close()


def test_a_redirect_within_the_host_is_followed(desk):
    desk.replies = [says(301, Location="/new/graph.csv?id=WALCL"), says(200, b"moved")]
    assert impatient().send(question(desk)).body == b"moved"
    assert desk.asked == ["/graph.csv?id=WALCL", "/new/graph.csv?id=WALCL"]


def test_redirects_in_a_circle_end(desk):
    desk.replies = [says(302, Location="/graph.csv")]
    with pytest.raises(Unreachable, match="redirects more than 3 times"):
        impatient().send(question(desk))
    assert len(desk.asked) == 4


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_the_bound_is_not_read(desk, packed):
    flood = b"0" * 3_000_000
    desk.replies = [says(200, gzip.compress(flood), Content_Encoding="gzip") if packed else says(200, flood)]
    with pytest.raises(Unreachable, match=r"The Inventor: .*longer than 1,000,000 bytes"):
        impatient(longest_body=1_000_000).send(question(desk))
    assert len(desk.asked) == 1


def test_a_body_of_just_the_bound_is_read(desk):
    desk.replies = [says(200, gzip.compress(b"0" * 1_000_000), Content_Encoding="gzip")]
    assert len(impatient(longest_body=1_000_000).send(question(desk)).body) == 1_000_000


def test_an_encoding_nobody_asked_for_is_refused(desk):
    desk.replies = [says(200, b"??", Content_Encoding="br")]
    with pytest.raises(Unreachable, match="encoding 'br'"):
        impatient().send(question(desk))


@pytest.mark.parametrize("reply", [hangs_up, resets, says(503), says(302, Location="https://elsewhere.example/")])
def test_the_key_is_in_no_error_no_log_and_no_repr(desk, monkeypatch, caplog, reply):
    monkeypatch.setenv("INVENTED_KEY", SECRET)
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="urllib3.connectionpool")
    desk.replies = [reply]
    door, request = impatient(), question(desk, key="INVENTED_KEY")
    said = [repr(door), repr(request), repr(vars(door))]
    try:
        said.append(repr(door.send(request)))
    except Unreachable as error:
        said.append("".join(traceback.format_exception(error)))
        said.append(repr(error.__context__))
    said.append(caplog.text)
    assert all(spelling in desk.asked[0] for spelling in SPELLINGS[1:])
    assert [text for text in said for spelling in SPELLINGS if spelling in text] == []
    assert ("graph.csv" in caplog.text) == (reply is not hangs_up)  # the request lines are there, without the key


def test_the_key_is_in_no_error_of_a_connection_that_was_never_made(desk, monkeypatch):
    monkeypatch.setenv("INVENTED_KEY", SECRET)
    desk.base = unused_address()
    with pytest.raises(Unreachable, match=r"with url: /graph.csv\?id=WALCL&api_key=\*\*\*") as raised:
        impatient().send(question(desk, key="INVENTED_KEY"))
    told = "".join(traceback.format_exception(raised.value)) + repr(raised.value.__context__)
    assert [spelling for spelling in SPELLINGS if spelling in told] == []


def test_a_key_that_the_vendor_spells_out_in_its_error_page_is_struck_out(desk, monkeypatch):
    monkeypatch.setenv("INVENTED_KEY", SECRET)
    desk.replies = [says(400, f"bad request: /graph.csv?api_key={SPELLINGS[1]} ({SECRET}) \xe9".encode("latin-1"))]
    body = impatient().send(question(desk, key="INVENTED_KEY")).body
    assert body == b"bad request: /graph.csv?api_key=*** (***) \xe9"


def test_a_key_that_is_not_set_is_said_before_anything_is_asked(desk, monkeypatch):
    monkeypatch.delenv("INVENTED_KEY", raising=False)
    desk.replies = [says(200)]
    with pytest.raises(Unreachable, match="set INVENTED_KEY"):
        impatient().send(question(desk, key="INVENTED_KEY"))
    assert desk.asked == []


def test_every_retry_is_logged_with_its_reason(desk, caplog):
    desk.replies = [says(503), hangs_up, says(200)]
    impatient().send(question(desk))
    assert [record.getMessage().split(";")[0] for record in caplog.records if record.name.endswith("live")] == [
        "The Inventor: status 503",
        "The Inventor: ConnectionError: ('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
    ]


def test_the_pace_of_a_vendor_is_kept_between_requests_and_between_attempts(desk, vendor, clock):
    pace(vendor, 0.15)
    desk.replies = [says(200), says(503), says(200)]
    door = Live(patience=Patience(backoff=0.001), pause=clock.sleep)
    door.send(question(desk))
    assert clock.now == 0
    door.send(question(desk))
    assert clock.now == pytest.approx(0.3) and len(desk.asked) == 3


def test_the_pace_holds_across_threads(desk, vendor, clock):
    pace(vendor, 0.1)
    desk.replies = [says(200)]
    pauses: list[float] = []
    door = Live(pause=pauses.append)
    threads = [threading.Thread(target=door.send, args=(question(desk),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(pauses) == pytest.approx([0.1, 0.2, 0.3]) and len(desk.asked) == 4


def test_a_mirror_takes_the_place_of_every_vendor(desk, monkeypatch):
    monkeypatch.setenv("LOCKSTEP_VENDOR_BASE", f"{desk.base}/")
    desk.replies = [says(200, b"mirrored")]
    request = Request(vendor="invented", series_id="sp500", url="https://vendor.example/v8/chart/%5EGSPC", params=(("interval", "1d"),))
    assert impatient().send(request).body == b"mirrored"
    assert desk.asked == ["/vendor.example/v8/chart/%5EGSPC?interval=1d"]


def test_the_door_goes_by_the_clock_unless_a_moment_is_given():
    moment = datetime(2025, 12, 12, 10, 50, tzinfo=UTC)
    assert Live(moment).now() == moment
    assert abs((datetime.now(UTC) - Live().now()).total_seconds()) < 5
    assert all(Live().holds(series) for series in catalog.load())


def test_the_sources_open_by_name(tmp_path):
    assert open_source("live").name == "live"
    with pytest.raises(ValueError, match="no source 'live2'; there are sample, history, live"):
        open_source("live2")
    with pytest.raises(ValueError, match="LOCKSTEP_HISTORY"):
        open_source("history")
    with pytest.raises(ValueError, match="time zone"):
        open_source("live", now=datetime.fromisoformat("2025-12-12"))
