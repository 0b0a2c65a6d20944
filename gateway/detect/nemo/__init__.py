"""NeMo Guardrails' rails as a detector.

    declaration  what a folder of `policies/nemo` says, read before the library sees any of it
    checking     what of Colang may run here
    library      the library, offline and silent
    rails        one folder's rails: a text in, a verdict out
    loop         the thread that all rails run on
    judge        the seam to the model that self-check rails ask
    detector     the rails as a detector

NeMo is optional, heavy, and imported only where a folder of rails is asked for. Its verdicts are findings;
policy has the last word.
"""
