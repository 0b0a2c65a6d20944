"""Classifiers: models as data, one pass a text, micro-batches across requests.

From a text to its verdict, one file a step:

    manifest     what models there are; their digests are checked before anything is loaded
    normalise    disguises removed, offsets into the original kept
    reading      tokens, and the windows that a long text is judged in
    queue        windows of many requests, sorted into batches of like length
    session      a batch through ONNX Runtime; ``remote`` asks a KServe V2 server instead
    batcher      the thread that does all of that
    verdict      scores and spans from what the model answered
    cache        verdicts of texts seen before
    detector     the detector ``classifiers`` that policies name

This folder is the only importer of onnxruntime, and only once a model is loaded. The models
themselves, and what their numbers mean, are described in ``onnx_models/README.md``.
"""
