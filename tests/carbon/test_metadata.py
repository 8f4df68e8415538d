"""The metadata services, asked over real HTTP on this machine."""

import threading

import pytest
from metadata_server import AWS, AZURE, CLOUD_RUN, ECS, GOOGLE, metadata_server

from greenlint.carbon.metadata import MetadataServices, ask_metadata
from greenlint.units import Seconds

NOBODY = "127.0.0.1:9"


def services(address: str, deadline: float = 60.0) -> MetadataServices:
    return MetadataServices(address, address, address, address, Seconds(deadline))


@pytest.mark.parametrize(
    ("answers", "region"),
    [
        (AWS, "aws:eu-north-1"),
        (GOOGLE, "gcp:europe-north1"),
        (CLOUD_RUN, "gcp:europe-west9"),
        (AZURE, "azure:swedencentral"),
        (ECS, "aws:eu-west-3"),
    ],
)
def test_each_service_is_asked_as_it_wants_to_be(answers, region) -> None:
    with metadata_server(answers) as server:
        environ = {"ECS_CONTAINER_METADATA_URI_V4": f"http://{server.address}/v4/0123"}
        found = ask_metadata(environ, services(server.address))
    assert [seen.region for seen in found] == [region]


def test_no_proxy_is_asked_on_the_way(monkeypatch) -> None:
    with metadata_server(AWS) as server, metadata_server({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        assert ask_metadata({}, services(server.address))
        assert proxy.asked == []


def test_services_are_asked_once_and_all_at_the_same_time() -> None:
    with metadata_server(AWS | GOOGLE | AZURE) as server:
        all_are_asked = threading.Event()

        def wait_for_the_others() -> None:
            if len(server.asked) >= 3:
                all_are_asked.set()
            assert all_are_asked.wait(60)

        server.before_answer = wait_for_the_others
        asked = services(server.address)
        first = ask_metadata({}, asked)
        count = len(server.asked)
        assert ask_metadata({}, asked) == first
        assert len(server.asked) == count
    assert {seen.region for seen in first} == {
        "aws:eu-north-1",
        "azure:swedencentral",
        "gcp:europe-north1",
    }


def test_silence_costs_no_more_than_the_deadline() -> None:
    with metadata_server(AWS) as server:
        told = threading.Event()
        server.before_answer = lambda: told.wait(60)
        assert ask_metadata({}, services(server.address, deadline=0.1)) == ()
        told.set()  # nobody waited for it


def test_nobody_there_is_no_evidence() -> None:
    assert ask_metadata({}, services(NOBODY)) == ()


def test_an_answer_that_google_did_not_sign_is_not_googles() -> None:
    with metadata_server(GOOGLE) as server:
        server.signed = False
        assert ask_metadata({}, services(server.address)) == ()


@pytest.mark.parametrize("answer", ["<html>", "eu north", "é", ""])
def test_what_is_no_region_is_no_evidence(answer) -> None:
    with metadata_server(dict.fromkeys(AWS, answer)) as server:
        assert ask_metadata({}, services(server.address)) == ()


def test_only_the_address_of_ecs_itself_is_asked() -> None:
    with metadata_server(ECS) as server:
        environ = {"ECS_CONTAINER_METADATA_URI_V4": f"http://{server.address}/v4/0123"}
        assert ask_metadata(environ, services(NOBODY)) == ()
        assert server.asked == []
