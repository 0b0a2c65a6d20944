"""Promises that stand in two places: the locks, the imports, the commands named in the documents."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("gateway", "demo", "dev", "validators", "kserve", "clients", "clients-openai-2", "fuzz", "all")
MALICIOUS = {"1.82.7", "1.82.8", "1.107.0"}
LINUX = {"sys_platform": "linux", "platform_machine": "x86_64", "python_version": "3.11"}
MAC = {"sys_platform": "darwin", "platform_machine": "arm64", "python_version": "3.11"}
HEAVY = {
    "grpc",
    "guardrails",
    "litellm",
    "mlflow",
    "nemoguardrails",
    "onnxruntime",
    "opa_client",
    "ragas",
    "wandb",
}


# --- locks --------------------------------------------------------------------------------------------------


@cache
def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text()


@cache
def _pins(name: str) -> tuple[Requirement, ...]:
    lines = re.findall(r"^[^\s#].*?(?= \\$)", _lock(name), re.MULTILINE)
    return tuple(Requirement(line) for line in lines)


def _name(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


def _pinned_names(name: str) -> set[str]:
    return {_name(pin) for pin in _pins(name)}


def _versions(name: str) -> set[tuple[str, str]]:
    return {(_name(pin), str(pin.specifier)) for pin in _pins(name)}


def _installed(name: str, environment: dict[str, str]) -> set[str]:
    return {_name(pin) for pin in _pins(name) if not pin.marker or pin.marker.evaluate(environment)}


@cache
def _project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project


def _declared(extra: str | None) -> set[str]:
    """Names that the project asks for itself, without its references to its own extras."""
    if extra is None:
        lines = _project()["dependencies"]
    else:
        extras = _project()["optional-dependencies"]
        assert isinstance(extras, dict)
        lines = extras[extra]
    assert isinstance(lines, list)
    return {_name(Requirement(line)) for line in lines} - {"lictor"}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_is_exact_and_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", _lock(name))
    pins = [entry for entry in entries if not entry.startswith("#")]
    assert pins
    for entry in pins:
        assert re.match(r"[a-z0-9._-]+==[^\s;]+( ; .*)? \\\n", entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("name", LOCKS)
def test_locks_name_no_address_no_option_no_path(name: str) -> None:
    for line in _lock(name).splitlines():
        assert "://" not in line
        assert not line.startswith(("-", "/", "."))
        assert " @ " not in line


@pytest.mark.parametrize("name", ["clients", "clients-openai-2", "fuzz"])
def test_locks_hold_what_their_groups_declare(name: str) -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert {_name(Requirement(line)) for line in groups[name]} <= _pinned_names(name)


def test_the_lock_of_node_names_no_address() -> None:
    lock = (ROOT / "tests" / "clients" / "node" / "package-lock.json").read_text()
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())


@pytest.mark.parametrize("name", ["gateway", "demo", "dev", "validators"])
def test_locks_agree_on_versions(name: str) -> None:
    assert _versions(name) <= _versions("all")


@pytest.mark.parametrize(
    ("name", "extras"),
    [
        ("gateway", []),
        ("demo", ["translate", "local-llm", "demo", "build"]),
        ("dev", ["translate", "local-llm", "demo", "opa", "classifiers", "build", "dev"]),
        ("validators", ["guardrails", "validators"]),
        ("all", ["guardrails", "nemo", "validators", "evals", "cuda"]),
    ],
)
def test_locks_hold_what_the_project_declares(name: str, extras: list[str]) -> None:
    declared = _declared(None).union(*map(_declared, extras))
    assert declared <= _pinned_names(name)


@pytest.mark.parametrize("name", LOCKS)
def test_no_malicious_release_is_pinned(name: str) -> None:
    versions = {str(pin.specifier).removeprefix("==") for pin in _pins(name) if pin.name == "litellm"}
    assert not versions & MALICIOUS


@pytest.mark.parametrize("names", [["dev"], ["all"], ["dev", "validators"]])
def test_one_onnxruntime_a_platform(names: list[str]) -> None:
    runtimes = {"onnxruntime", "onnxruntime-gpu"}
    for environment, runtime in ((LINUX, "onnxruntime-gpu"), (MAC, "onnxruntime")):
        installed = set[str]().union(*(_installed(name, environment) for name in names))
        assert installed & runtimes == {runtime}


# --- imports ------------------------------------------------------------------------------------------------


def _imported(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _modules_after(statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after the statement."""
    script = f"{statement}\nimport sys\nprint(*sys.modules)"
    command = [sys.executable, "-c", script]
    return set(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.split())


def test_core_needs_only_the_standard_library() -> None:
    for source in (ROOT / "gateway" / "core").glob("**/*.py"):
        foreign = {
            name
            for name in _imported(source)
            if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("gateway.core")
        }
        assert not foreign, source


def test_verifying_a_log_loads_nothing_else_of_the_gateway() -> None:
    loaded = _modules_after("import gateway.audit.verify")
    ours = {name for name in loaded if name.startswith("gateway.")}
    assert {name for name in ours if not name.startswith("gateway.audit")} == set()


@pytest.mark.parametrize("module", ["gateway.cli", "gateway.server.app"])
def test_starting_the_gateway_loads_no_heavy_package(module: str) -> None:
    assert not _modules_after(f"import {module}") & HEAVY


# --- documents ----------------------------------------------------------------------------------------------


@cache
def _documents() -> tuple[Path, ...]:
    skipped = {"build", "dist", "var", "node_modules"}
    return tuple(
        path
        for path in sorted(ROOT.glob("**/*.md"))
        if not any(part in skipped or part.startswith(".") for part in path.relative_to(ROOT).parts)
    )


def _code(document: Path) -> str:
    """Everything in a document that is set as code: fenced blocks and inline spans."""
    text = document.read_text()
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_documents_name_only_targets_that_make_knows() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in _documents():
        named = set(re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", _code(document), re.MULTILINE))
        assert named <= targets, document


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE))
    assert phony
    for target in phony.split():
        assert re.search(rf"^{target}:.* ## \S", makefile, re.MULTILINE), target


def test_documents_link_to_files_that_exist() -> None:
    for document in _documents():
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
            if "://" not in link and not link.startswith("mailto:"):
                assert (document.parent / link).exists(), f"{document}: {link}"
