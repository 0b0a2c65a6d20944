"""RubyGems API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

RUBYGEMS = Recogniser(
    label="rubygems_key",
    category="secret",
    forms=(Form(r"rubygems_[0-9a-f]{48}", PROVEN, PROVEN),),
)
