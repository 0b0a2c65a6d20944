"""GitLab tokens: personal, pipeline trigger, runner, deploy, feed, agent."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

GITLAB = Recogniser(
    label="gitlab_token",
    category="secret",
    forms=(Form(r"gl(?:pat|ptt|rt|dt|ft|agent|cbt|imt|soat|oas)-[0-9A-Za-z_-]{20,120}", PROVEN, PROVEN),),
)
