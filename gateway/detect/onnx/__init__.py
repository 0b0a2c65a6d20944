"""Classifiers that run ONNX models register here, each as a ``BatchDetector``.

This folder is the only importer of onnxruntime. Models are data described by
``onnx_models/manifest.toml``; nothing is listed until a model and its adapter are present.
"""

from gateway.detect.detector import BatchDetector

CLASSIFIERS: tuple[BatchDetector, ...] = ()
