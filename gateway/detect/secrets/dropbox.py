"""Dropbox short-lived access tokens."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

DROPBOX = Recogniser(
    label="dropbox_token",
    category="secret",
    forms=(Form(r"sl\.(?:u\.)?[0-9A-Za-z_-]{130,1200}", STRONG, STRONG),),
)
