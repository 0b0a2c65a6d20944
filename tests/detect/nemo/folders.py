"""Folders of rails for the tests."""

from collections.abc import Mapping
from pathlib import Path

CONFIG = """
rails:
  input:
    flows: [long, phrases, regex check input]
  output:
    flows: [regex check output, hosts]
  retrieval:
    flows: [shout, regex check retrieval]
  config:
    regex_detection:
      input: {patterns: ['rm -rf']}
      output: {patterns: ['my prompt'], case_insensitive: true}
      retrieval: {patterns: ['obey']}
"""

RAILS = """
define subflow long
  if len($user_message) > 40
    bot refuse to respond
    stop

define subflow phrases
  if "magic" in $user_message.lower()
    stop

define subflow hosts
  $bot_message = $bot_message.replace("inner.example", "[host]")

define subflow shout
  if "HEY" in $relevant_chunks
    bot refuse to respond
    stop
"""

ASKING = """
rails:
  input: {flows: [self check input]}
  output: {flows: [self check output]}
prompts:
  - task: self_check_input
    content: "in? {{ user_input }}"
  - task: self_check_output
    content: "out? {{ bot_response }}"
"""

JUDGE = "judge: {upstream: local, model: small}\n"


def folder(root: Path, name: str = "x", **files: str) -> Path:
    """A folder with ``config``, ``rails`` and ``settings``, each with its usual name."""
    path = root / name
    path.mkdir(exist_ok=True)
    names: Mapping[str, str] = {"config": "config.yml", "rails": "rails.co", "settings": "rails.yaml"}
    for key, text in files.items():
        (path / names[key]).write_text(text)
    return path
