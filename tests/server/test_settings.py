"""Settings: checked whole, and every complaint says where."""

import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.core.errors import ConfigError
from gateway.providers.upstream import AwsCredentials
from gateway.server.settings import GateKeySettings, GateSettings, Settings, defaults, load, routing, secret

UPSTREAM = """
[[upstreams]]
name = "main"
dialect = "openai"
base_url = "https://api.example.com/v1"
"""
ROUTE = """
[[routes]]
model = "gpt-*"
upstreams = ["main"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "lictor.toml"


def read(config: Path, text: str) -> Settings:
    config.write_text(text)
    return load(config)


def complaint(config: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refusal:
        read(config, text)
    assert str(refusal.value).startswith(f"{config}: ")
    return str(refusal.value)


def test_an_empty_file_is_enough(config: Path) -> None:
    settings = read(config, "")
    assert (settings.server.host, settings.server.port, settings.server.workers) == ("127.0.0.1", 4000, 1)
    assert settings.policy.enabled
    assert settings.audit.enabled
    assert settings.audit.path == Path("var/audit")


def test_everything_that_can_be_said(config: Path) -> None:
    settings = read(
        config,
        """
        [server]
        host = "0.0.0.0"
        port = 0
        workers = 4
        body_limit_bytes = 1024
        response_limit_bytes = 2048
        admin_key_env = "ADMIN"
        access_log = false
        upstream_proxy = true

        [policy]
        enabled = false
        bundle = "rules"
        reload_s = 0.5

        [audit]
        enabled = false
        path = "log"
        origin = "example.com/log"
        node = "n1"

        [[upstreams]]
        name = "main"
        dialect = "anthropic"
        base_url = "https://api.example.com/v1"
        key_env = "KEY"
        labels = { trust = "internal" }
        headers = { x-team = "a" }
        connect_timeout_s = 1
        read_timeout_s = 2.5
        total_timeout_s = 60
        retries = 0
        models = { mine = "theirs" }

        [[routes]]
        model = "*"
        upstreams = ["main"]
        tenants = ["blue"]

        [[callers]]
        id = "shop"
        key_sha256 = "00"
        tenant = "blue"
        app = "shop"
        roles = ["dev"]
        attributes = { region = "eu" }
        """,
    )
    built = routing(settings, {"KEY": "k"})
    upstream = built.upstreams["main"]
    assert (upstream.dialect, upstream.key, upstream.retries) == ("anthropic", "k", 0)
    assert (upstream.connect_timeout_s, upstream.read_timeout_s, upstream.total_timeout_s) == (1.0, 2.5, 60.0)
    assert upstream.labels == {"trust": "internal"}
    assert upstream.headers == {"x-team": "a"}
    assert upstream.model_for("mine") == "theirs"
    assert built.match("anything", "blue") is not None
    assert built.match("anything", "red") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("prot = 1", "prot"),
        ("[server]\nprot = 1", "server.prot"),
        ("[server]\nport = 65536", "server.port"),
        ("[server]\nport = -1", "server.port"),
        ('[server]\nport = "x"', "server.port"),
        ("[server]\nworkers = 0", "server.workers"),
        ("[server]\nbody_limit_bytes = 0", "server.body_limit_bytes"),
        ("[policy]\nreload_s = 0", "policy.reload_s"),
        ("[policy]\nclock_skew_s = -1", "policy.clock_skew_s"),
        ("[policy.remote]\npoll_s = 0", "policy.remote.poll_s"),
        ('[[policy.keys]]\npath = "x"', "policy.keys.0.id"),
        ('[[policy.keys]]\nid = "a b"\npath = "x"', "policy.keys.0.id"),
        ('[[policy.keys]]\nid = "a"\nnot_after = 2027-01-01T00:00:00', "policy.keys.0.not_after"),
        ('[policy]\nenabled = "perhaps"', "policy.enabled"),
        ("[audit]\npath = 7", "audit.path"),
        (UPSTREAM + 'key = "sk"', "upstreams.0.key"),
        (UPSTREAM.replace("openai", "gopher"), "upstreams.0.dialect"),
        (UPSTREAM.replace('name = "main"', ""), "upstreams.0.name"),
        (UPSTREAM + "retries = 6", "upstreams.0.retries"),
        (UPSTREAM + "read_timeout_s = -1", "upstreams.0.read_timeout_s"),
        (UPSTREAM + "total_timeout_s = -1", "upstreams.0.total_timeout_s"),
        ('[server]\nupstream_proxy = "http://proxy"', "server.upstream_proxy"),
        (UPSTREAM + UPSTREAM + "retries = -1", "upstreams.1.retries"),
        ('[[routes]]\nmodel = "*"', "routes.0.upstreams"),
        ('[[callers]]\nkey_env = "K"', "callers.0.id"),
    ],
)
def test_a_complaint_names_the_key(config: Path, text: str, key: str) -> None:
    assert f": {key}: " in complaint(config, text)


def test_a_misspelt_key_is_told_as_such(config: Path) -> None:
    assert complaint(config, "[server]\nprot = 1\n").endswith(": server.prot: there is no such key")


def test_every_complaint_is_told(config: Path) -> None:
    told = complaint(config, "[server]\nport = -1\nworkers = 0\n")
    assert "server.port" in told
    assert "server.workers" in told


@pytest.mark.parametrize("text", ["[server", "a = ", "a = 1\na = 2\n", "\0"])
def test_what_is_no_toml(config: Path, text: str) -> None:
    complaint(config, text)


def test_what_cannot_be_read(config: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(config)
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(config)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(config.parent)


# --- keys -----------------------------------------------------------------------------------------------


def test_a_key_comes_from_the_environment(config: Path) -> None:
    settings = read(config, UPSTREAM + 'key_env = "MAIN_KEY"\n' + ROUTE)
    assert routing(settings, {"MAIN_KEY": "k"}).upstreams["main"].key == "k"
    for environment in ({}, {"MAIN_KEY": ""}):
        with pytest.raises(ConfigError, match=r"upstreams\.main\.key_env: .* MAIN_KEY is not set"):
            routing(settings, environment)


def test_no_key_is_no_fault() -> None:
    assert secret({}, "", "somewhere") is None


def test_a_key_is_not_repeated_in_a_complaint(config: Path) -> None:
    settings = read(config, UPSTREAM + 'key_env = "MAIN_KEY"\n' + ROUTE)
    planted = "sk-" + "planted\n"
    with pytest.raises(ConfigError) as refusal:
        routing(settings, {"MAIN_KEY": planted})
    assert "planted" not in str(refusal.value)


def test_callers_with_keys_need_upstreams_with_keys(config: Path) -> None:
    settings = read(config, UPSTREAM + ROUTE + '[[callers]]\nid = "a"\nkey_env = "A"\n')
    with pytest.raises(ConfigError, match=r"upstreams\.main\.key_env: needed"):
        routing(settings, {"A": "a"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (ROUTE, "unknown upstream 'main'"),
        (UPSTREAM + UPSTREAM + ROUTE, "'main' is given twice"),
        (UPSTREAM + ROUTE + ROUTE, "unreachable"),
        (UPSTREAM.replace("https://", "") + ROUTE, "base_url"),
    ],
)
def test_routes_that_cannot_work(config: Path, text: str, words: str) -> None:
    settings = read(config, text)
    with pytest.raises(ConfigError, match=words):
        routing(settings, {})


# --- without a file -------------------------------------------------------------------------------------


def test_without_a_file_googles_variables_count_in_its_clients_order() -> None:
    environment = {"GEMINI_API_KEY": "second"}
    assert routing(defaults(environment), environment).upstreams["gemini"].key == "second"
    environment["GOOGLE_API_KEY"] = "first"
    built = routing(defaults(environment), environment)
    (_, upstreams) = built.match("gemini-2.5-pro", "default") or ("", ())
    assert [(upstream.name, upstream.key) for upstream in upstreams] == [("gemini", "first")]


def test_without_a_file_both_providers_are_there() -> None:
    built = routing(defaults({}), {})
    (_, openai), (_, anthropic) = (
        built.match("gpt-4o", "default") or ("", ()),
        built.match("claude-x", "a") or ("", ()),
    )
    assert [(upstream.name, upstream.key) for upstream in (*openai, *anthropic)] == [
        ("openai", None),
        ("anthropic", None),
    ]
    assert openai[0].base_url == "https://api.openai.com/v1"


def test_without_a_file_the_usual_variables_count() -> None:
    environment = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": ""}
    built = routing(defaults(environment), environment)
    assert (built.upstreams["openai"].key, built.upstreams["anthropic"].key) == ("a", None)


# --- bundles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "required"),
    [
        ("", False),
        ('bundle = "https://example.com/b.tar.gz"', True),
        ('bundle = "http://example.com/b.tar.gz"', True),
        ('bundle = "https://example.com/b.tar.gz"\nrequire_signature = false', False),
        ('bundle = "ours"\nrequire_signature = true', True),
        ('[[policy.keys]]\nid = "one"\npath = "one.pub"', True),
        ('require_signature = false\n[[policy.keys]]\nid = "one"\npath = "one.pub"', False),
    ],
)
def test_whether_bundles_must_be_signed(config: Path, text: str, required: bool) -> None:
    assert read(config, f"[policy]\n{text}").policy.signature_required is required


# --- the reference --------------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE = (DOCS / "reference/settings.md").read_text()


def test_the_example_of_the_reference_works(config: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
    settings = read(config, example)
    built = routing(settings, {"OPENAI_API_KEY": "a", "ON_PREMISES_KEY": "b"})
    (_, clinic), (_, others) = (built.match("gpt-4o-mini", tenant) or ("", ()) for tenant in ("clinic", "x"))
    assert [upstream.name for upstream in clinic] == ["on-premises"]
    assert [upstream.name for upstream in others] == ["openai", "on-premises"]
    assert clinic[0].model_for("gpt-4o-mini") == "qwen3-30b"


GUIDE = re.findall(r"```toml\n(.*?)```", (DOCS / "how-to/upstreams.md").read_text(), re.DOTALL)


def test_the_first_example_of_the_guide_works(config: Path) -> None:
    built = routing(read(config, GUIDE[0]), {"OPENAI_API_KEY": "a"})
    assert built.upstreams["openai"].model_for("gpt-small") == "gpt-4o-mini"


@pytest.mark.parametrize(
    ("name", "dialect", "model", "url"),
    [
        ("gemini", "gemini", "gemini-2.5-flash", "https://generativelanguage.googleapis.com/v1beta"),
        ("bedrock", "bedrock", "claude", "https://bedrock-runtime.eu-central-1.amazonaws.com"),
        ("azure", "azure", "gpt-4o", "https://my-resource.openai.azure.com"),
        ("azure-v1", "openai", "gpt-4o", "https://my-resource.openai.azure.com/openai/v1"),
        ("hugging-face", "openai", "meta-llama/Llama-3.3-70B-Instruct", "https://router.huggingface.co/v1"),
        ("tgi", "tgi", "tgi", "http://10.0.0.9:8080"),
        ("ollama", "openai", "llama3.2", "http://127.0.0.1:11434/v1"),
    ],
)
def test_the_example_of_every_provider_works(
    config: Path, name: str, dialect: str, model: str, url: str
) -> None:
    (example,) = [text for text in GUIDE if f'name = "{name}"' in text]
    settings = read(config, example)
    keys = {entry.key_env: "a" for entry in settings.upstreams if entry.key_env}
    (_, upstreams) = routing(settings, keys).match(model, "default") or ("", ())
    (upstream,) = [upstream for upstream in upstreams if upstream.name == name]
    assert (upstream.dialect, upstream.base_url, upstream.key) == (dialect, url, "a")


def test_the_example_of_signed_requests_works(config: Path) -> None:
    (example,) = [text for text in GUIDE if 'name = "bedrock-signed"' in text]
    held = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_SESSION_TOKEN": "token"}
    (_, upstreams) = routing(read(config, example), held).match("eu.anthropic.x", "default") or ("", ())
    assert upstreams[0].aws == AwsCredentials("eu-central-1", "AKID", "hidden", "token")
    assert "hidden" not in repr(upstreams[0])
    assert "token" not in repr(upstreams[0])


@pytest.mark.parametrize("absent", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_what_signs_requests_has_to_be_there(config: Path, absent: str) -> None:
    (example,) = [text for text in GUIDE if 'name = "bedrock-signed"' in text]
    names = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    with pytest.raises(ConfigError, match=rf"upstreams\.bedrock-signed\.aws\.\w+_env.*{absent}"):
        routing(read(config, example), dict.fromkeys(names - {absent}, "x"))


def test_signed_requests_need_no_key_where_there_are_callers(config: Path) -> None:
    (example,) = [text for text in GUIDE if 'name = "bedrock-signed"' in text]
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "TRIAGE")
    callers = '\n[[callers]]\nid = "triage"\nkey_env = "TRIAGE"\n'
    assert routing(read(config, example + callers), dict.fromkeys(names, "x")).upstreams


def test_the_examples_about_signed_bundles_work(config: Path) -> None:
    page = (DOCS / "how-to/sign-a-bundle.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        assert read(config, example).policy.signature_required


def documented() -> dict[str, dict[str, str]]:
    """Section, key, and what its row says about the default."""
    sections = re.findall(r"^## `\[+([\w.]+)\]+`\n(.*?)(?=^## |\Z)", REFERENCE, re.MULTILINE | re.DOTALL)
    rows = r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|"
    return {name: dict(re.findall(rows, text, re.MULTILINE)) for name, text in sections}


def existing(whole: type[BaseModel] = Settings, above: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Every section, those inside another one of `[policy]` too."""
    for name, field in whole.model_fields.items():
        section, *_ = typing.get_args(field.annotation) or (field.annotation,)
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        yield name, section
        yield from ((f"{name}.{key}", inner) for key, inner in tables(section))


def tables(section: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Keys of a section that are sections themselves."""
    for key, field in section.model_fields.items():
        shape = field.annotation
        inner = typing.get_args(shape)[0] if typing.get_origin(shape) is tuple else shape
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield key, inner


def keys_of(section: type[BaseModel]) -> set[str]:
    return section.model_fields.keys() - dict(tables(section)).keys()


def test_the_reference_has_every_key_and_no_other() -> None:
    assert {name: set(keys) for name, keys in documented().items()} == {
        name: keys_of(section) for name, section in existing()
    }


def test_the_reference_tells_the_defaults() -> None:
    for name, section in existing():
        for key in keys_of(section):
            field = section.model_fields[key]
            told = documented()[name][key]
            assert (told == "needed") == field.is_required(), key
            match field.get_default(call_default_factory=True):
                case bool(value):
                    assert told == f"`{str(value).lower()}`"
                case int() | float() as value:
                    assert told.startswith(f"`{value}`"), key
                case str(value):
                    assert told == f'`"{value}"`', key
                case Path() as value:
                    assert told == f'`"{value}"`', key


def test_the_reference_has_every_key_of_required_gates() -> None:
    (text,) = re.findall(r"^## Required gates\n(.*?)(?=^## )", REFERENCE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == set(GateSettings.model_fields)
    assert set(re.findall(r"`(\w+)`", text.split("| `keys`")[1].splitlines()[0])) == set(
        GateKeySettings.model_fields
    )


def test_the_examples_about_required_gates_work(config: Path) -> None:
    page = (DOCS / "how-to/require-a-gate.md").read_text()
    bundles, first, classifiers = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert read(config, bundles).policy.require_gate is not None
    together = read(config, bundles.replace("[policy.require_gate]\n", first)).policy.require_gate
    assert together is not None
    assert together.statements
    assert read(config, classifiers).classifiers.require_gate is not None


def test_the_examples_of_opa_work(config: Path) -> None:
    engine, reports = re.findall(r"```toml\n(.*?)```", (DOCS / "how-to/opa.md").read_text(), re.DOTALL)
    policy = read(config, engine + reports).policy
    assert (policy.engine, policy.opa.fail) == ("opa", "closed")
    assert policy.decision_logs.service == policy.status.service == "https://control-plane.example"


@pytest.mark.parametrize(
    "section",
    [
        '[policy.opa]\nurl = "ftp://opa"',
        '[policy.opa]\nfail = "maybe"',
        "[policy.opa]\ntimeout_ms = 0",
        '[policy.opa]\nrevision = "two words"',
        '[policy.opa]\npackage = "a/b"',
        '[policy.decision_logs]\nservice = "example"',
        '[policy.decision_logs]\nerase = ["/labels"]',
        '[policy]\nengine = "cedar"',
    ],
)
def test_what_cannot_be_meant_of_opa_is_refused(config: Path, section: str) -> None:
    with pytest.raises(ConfigError, match=r"policy\."):
        read(config, section)
