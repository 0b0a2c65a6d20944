"""Docker Hub personal and organisation access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

DOCKER = Recogniser(
    label="docker_token",
    category="secret",
    forms=(Form(r"dckr_(?:pat|oat)_[0-9A-Za-z_-]{27,32}", PROVEN, PROVEN),),
)
