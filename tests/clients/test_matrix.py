"""Every client in every situation, one test a cell, and the page that tells of them.

The clients live in environments of their own (``make clients``); without these the tests skip.
"""

import pytest

from tests.clients.clients import CLIENTS, PAGE, Client
from tests.clients.judging import complaints, verdicts
from tests.clients.page import page
from tests.clients.running import Run, run
from tests.clients.situations import SITUATIONS, Situation

INSTALLED = [client for client in CLIENTS if not client.missing()]
CELLS = [
    pytest.param(client, situation, id=f"{client.name}-{situation.name}")
    for client in CLIENTS
    for situation in SITUATIONS
    if situation.name not in client.absent
]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(tmp_path_factory.mktemp("clients"), INSTALLED)


@pytest.mark.slow
@pytest.mark.parametrize(("client", "situation"), CELLS)
def test_a_client_does_not_notice_the_gateway(
    client: Client, situation: Situation, request: pytest.FixtureRequest
) -> None:
    if missing := client.missing():
        pytest.skip(f"{missing}: not installed; `make clients` does it")
    ran: Run = request.getfixturevalue("ran")
    assert complaints(client, situation, ran.cell(client, situation)) == []


@pytest.mark.slow
def test_the_page_tells_what_the_run_found(request: pytest.FixtureRequest) -> None:
    if list(CLIENTS) != INSTALLED:
        pytest.skip("not every client is installed; `make clients` does it")
    assert PAGE.read_text() == page(verdicts(request.getfixturevalue("ran"), CLIENTS))
