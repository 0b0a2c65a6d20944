"""npm access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

NPM = Recogniser(
    label="npm_token",
    category="secret",
    forms=(Form(r"npm_[0-9A-Za-z]{36}", PROVEN, PROVEN),),
)
