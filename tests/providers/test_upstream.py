import pytest

from gateway.core.errors import ConfigError
from gateway.providers.upstream import AwsCredentials, Route, Routing, Upstream

A = Upstream("a", "openai", "https://a.test/v1")
B = Upstream("b", "anthropic", "https://b.test/v1")


def test_repr_hides_key_and_headers() -> None:
    shown = repr(Upstream("a", "openai", "https://a.test", key="sk-secret", headers={"x-key": "hush"}))
    assert "sk-secret" not in shown
    assert "hush" not in shown


@pytest.mark.parametrize(
    "fields",
    [
        {"dialect": "cohere"},
        {"base_url": "ftp://a.test"},
        {"base_url": "https://a.test/v1?x=1"},
        {"base_url": "https://user:word@a.test"},
        {"base_url": "https://"},
        {"key": ""},
        {"key": "sk\r\nx-evil: 1"},
        {"headers": {"x-a": "1\n2"}},
        {"headers": {"x a\n": "1"}},
        {"connect_timeout_s": 0},
        {"total_timeout_s": -1},
        {"retries": -1},
    ],
)
def test_unusable_upstreams_are_refused(fields: dict[str, object]) -> None:
    values: dict[str, object] = {"dialect": "openai", "base_url": "https://a.test/v1"}
    with pytest.raises(ConfigError, match="'bad'"):
        Upstream("bad", **{**values, **fields})  # type: ignore[arg-type]


def test_renames_models() -> None:
    upstream = Upstream("a", "openai", "https://a.test", models={"fast": "gpt-5-nano"})
    assert upstream.model_for("fast") == "gpt-5-nano"
    assert upstream.model_for("gpt-5") == "gpt-5"


def test_first_route_that_fits_wins() -> None:
    routing = Routing(
        [
            Route("gpt-4o", ("a",)),
            Route("claude-*", ("b", "a"), tenants=("blue",)),
            Route("claude-*", ("b",)),
            Route("[fg]pt-?", ("a", "b")),
        ],
        [A, B],
    )
    cases = {
        ("gpt-4o", "red"): ("gpt-4o", (A,)),
        ("claude-x", "blue"): ("claude-*", (B, A)),
        ("claude-x", "red"): ("claude-*", (B,)),
        ("fpt-5", "red"): ("[fg]pt-?", (A, B)),
    }
    for (model, tenant), (pattern, upstreams) in cases.items():
        match = routing.match(model, tenant)
        assert match is not None
        assert (match[0].pattern, match[1]) == (pattern, upstreams)
    assert routing.match("GPT-4o", "red") is None
    assert routing.match("gpt-4o\n", "red") is None
    assert routing.match("", "red") is None


def test_a_tenant_reaches_what_its_routes_name() -> None:
    routes = [Route("gpt-*", ("b",), tenants=("blue",)), Route("claude-*", ("a",), tenants=("blue", "red"))]
    routing = Routing(routes, [A, B])
    assert routing.reachable("blue") == (A, B)
    assert routing.reachable("red") == (A,)
    assert routing.reachable("green") == ()
    assert Routing([Route("*", ("b",))], [A, B]).reachable("green") == (B,)


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ([Route("*", ("c",))], "unknown upstream 'c'"),
        ([Route("*", ())], "names no upstream"),
        ([Route("*", ("a", "a"))], "'a' is given twice"),
        ([Route("*", ("a",)), Route("gpt-*", ("b",))], r"routes\[1\] \('gpt-\*'\) is unreachable"),
        ([Route("gpt-*", ("a",)), Route("gpt-4*o", ("b",))], "unreachable"),
        ([Route("gpt-*", ("a",)), Route("gpt-4?", ("b",))], "unreachable"),
        ([Route("g[p]t", ("a",)), Route("g[p]t", ("b",))], "unreachable"),
        ([Route("*", ("a",)), Route("m[a-z]", ("b",), ("red",))], "unreachable"),
        ([Route("*", ("a",), ("red", "blue")), Route("x", ("b",), ("red",))], "unreachable"),
    ],
)
def test_routes_that_cannot_work_are_refused(routes: list[Route], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Routing(routes, [A, B])


@pytest.mark.parametrize(
    "routes",
    [
        [Route("gpt-?", ("a",)), Route("gpt-*", ("b",))],
        [Route("m*-*", ("a",)), Route("m[a-z]", ("b",))],
        [Route("*", ("a",), ("red",)), Route("*", ("b",))],
        [Route("*", ("a",), ("red",)), Route("*", ("b",), ("red", "blue"))],
        [Route("*-mini", ("a",)), Route("gpt-*", ("b",))],
    ],
)
def test_overlapping_routes_are_fine(routes: list[Route]) -> None:
    assert Routing(routes, [A, B]).routes == tuple(routes)


@pytest.mark.parametrize(
    ("fields", "aws"),
    [
        ({"dialect": "openai"}, AwsCredentials("eu-central-1", "id", "secret")),
        ({"key": "mine"}, AwsCredentials("eu-central-1", "id", "secret")),
        ({}, AwsCredentials("", "id", "secret")),
        ({}, AwsCredentials("eu/central", "id", "secret")),
        ({}, AwsCredentials("eu-central-1", "", "secret")),
        ({}, AwsCredentials("eu-central-1", "id", "")),
        ({}, AwsCredentials("eu-central-1", "id", "secret", "a\r\nb")),
    ],
)
def test_what_cannot_sign_is_refused(fields: dict[str, str], aws: AwsCredentials) -> None:
    with pytest.raises(ConfigError, match="aws"):
        Upstream(**{"name": "b", "dialect": "bedrock", "base_url": "https://a.test", **fields}, aws=aws)  # type: ignore[arg-type]


def test_upstream_names_are_unique() -> None:
    with pytest.raises(ConfigError, match="'a' is given twice"):
        Routing([], [A, A])
