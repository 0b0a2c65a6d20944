"""Weights & Biases API keys, beside the name."""

from gateway.detect.recogniser import STRONG, Form, Recogniser

WANDB = Recogniser(
    label="wandb_key",
    category="secret",
    context=r"wandb[a-z_]*|weights ?(?:and|&) ?biases",
    forms=(Form(r"[0-9a-f]{40}", STRONG),),
)
